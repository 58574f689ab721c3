use super::function::Function;
use crate::text::nearest;

/// A table of functions over one topic.
pub struct Module {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub doc: &'static str,
    pub functions: &'static [Function],
    pub constants: &'static [(&'static str, Constant)],
    /// The function that runs when the module itself is called.
    pub call: Option<&'static str>,
    /// Functions that are known and not there yet.
    pub later: &'static [&'static str],
}

/// A value that is no function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// What stands for `null` in tables, which cannot hold `nil`.
    Null,
}

impl Module {
    pub fn function(&self, name: &str) -> Option<&'static Function> {
        self.functions.iter().find(|function| function.is_called(name))
    }

    pub fn constant(&self, name: &str) -> Option<Constant> {
        self.constants.iter().find(|(constant, _)| *constant == name).map(|(_, value)| *value)
    }

    /// The sentence for a name that is none of this module's.
    pub fn refuse(&self, name: &str) -> String {
        let module = self.name;
        if self.later.contains(&name) {
            return format!("`{module}.{name}` is not there yet");
        }
        let names = self
            .functions
            .iter()
            .flat_map(|function| function.aliases.iter().chain([&function.name]));
        match nearest(name, names.copied()) {
            Some(meant) => {
                format!("module `{module}` has no function `{name}`, did you mean `{meant}`?")
            }
            None => format!("module `{module}` has no function `{name}`"),
        }
    }
}
