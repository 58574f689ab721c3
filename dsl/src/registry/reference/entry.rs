/// A group of names: a module, a builder, the keys of a table, the globals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub name: String,
    pub aliases: Vec<String>,
    /// One line.
    pub doc: String,
    pub kind: Kind,
    pub entries: Vec<Entry>,
    /// The entry that runs when the topic itself is called.
    pub call: Option<String>,
}

/// What the names of a topic are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `fs.copy(…)`
    Module,
    /// `:timeout(…)`, and a key of the table form.
    Builder,
    /// `{ timeout = … }`
    Keys,
    /// Members of a value that functions are given.
    Members,
    Globals,
}

/// One name a file may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// With its topic: `fs.copy`, `task:timeout`, `config.timeout`, `print`.
    pub name: String,
    /// As it is completed: `copy`.
    pub short: String,
    pub aliases: Vec<String>,
    /// How it is written: `fs.copy(source, destination)`.
    pub signature: String,
    /// One sentence.
    pub doc: String,
    pub arguments: Vec<Argument>,
    /// What comes back, in words; empty where nothing is to be said.
    pub returns: String,
    /// What comes back instead when it fails; empty where nothing is to be said.
    pub failing: String,
    /// Lua types of what comes back.
    pub gives: Vec<&'static str>,
    /// What it does to the world and what a policy calls it.
    pub notes: Vec<String>,
    /// A line of Lua; empty where there is none.
    pub example: String,
}

/// One argument, or the value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    pub name: String,
    pub aliases: Vec<String>,
    /// What it must be, in words.
    pub kind: &'static str,
    /// Its Lua type.
    pub lua: &'static str,
    pub need: Need,
    /// Whether it may be given by its place.
    pub positional: bool,
    /// Whether many functions take it in the same way.
    pub common: bool,
    pub doc: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
    /// As Lua writes it.
    Default(String),
    /// Takes all that follow.
    Rest,
}

impl Topic {
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }

    /// The entry of that short name or alias.
    pub fn find(&self, short: &str) -> Option<&Entry> {
        let called = |entry: &&Entry| {
            entry.short == short || entry.aliases.iter().any(|alias| alias == short)
        };
        self.entries.iter().find(called)
    }
}
