use clap::ValueEnum;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    #[value(aliases = ["enhanced", "rich", "modern"])]
    Table,
    /// Tables with every column, nothing cut.
    Wide,
    /// For people, nothing redrawn.
    #[value(hide = true)]
    Basic,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// The JSON document as YAML.
    Yaml,
    /// The names alone, one a line.
    Name,
}

impl Format {
    /// As it is given on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Wide => "wide",
            Format::Basic => "basic",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Yaml => "yaml",
            Format::Name => "name",
        }
    }

    /// Whether a program reads it rather than a person or a shell.
    pub fn is_data(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl | Format::Yaml)
    }
}
