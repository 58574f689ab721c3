use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser};

use crate::commands::Command;
use crate::connect::Target;
use crate::error::Error;
use crate::output::{Choice, Format, Output};
use crate::version;

/// Runs workflows on this machine, and on several that nobody appointed.
///
/// A file with tasks is all it needs: `sloth run deploy.sloth`. With `sloth node`
/// on three machines the same command runs each task where it belongs, and no
/// single loss stops them.
#[derive(Debug, Parser)]
#[command(
    verbatim_doc_comment,
    name = "sloth",
    bin_name = "sloth",
    version = version::text(),
    disable_help_subcommand = true,
    after_help = "\
Examples:
  sloth new deploy                begin a workflow
  sloth                           what can be run in this folder
  sloth run deploy.sloth          run a workflow here, or on the node of this machine
  sloth node                      join this machine to a cluster, or begin one
  sloth node list                 who is there
  sloth run show latest --why     why the last run went as it went

Exit codes are the same everywhere: sloth help exit-codes"
)]
pub struct Arguments {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: Option<Command>,
}

const TIMEOUT: &str = "SLOTH_TIMEOUT";

/// Flags of every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// How results are written: table, wide, json, jsonl, yaml or name
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        hide_possible_values = true,
        value_name = "FORMAT",
        default_value_t,
        env = "SLOTH_OUTPUT"
    )]
    pub output: Format,
    /// Show these columns of a list, in this order
    #[arg(long, global = true, value_name = "NAMES", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Lists without their headers
    #[arg(long, global = true)]
    pub no_headers: bool,
    /// Write errors as JSON; so with -o json, jsonl and yaml
    #[arg(long, global = true)]
    pub json_errors: bool,
    /// Write results only: no progress, notes or hints
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Answer yes to questions
    #[arg(short, long, global = true, env = "SLOTH_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
    /// Ask this node: unix:PATH of its socket; may be repeated, then the first that is there
    #[arg(long, global = true, value_name = "unix:PATH", env = "SLOTH_NODE")]
    pub node: Vec<Target>,
    /// Use this data directory, and the node that serves it [env: SLOTH_DATA_DIR=]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// When to use colour: auto, always or never
    #[arg(
        long,
        global = true,
        value_enum,
        hide_possible_values = true,
        value_name = "WHEN",
        default_value_t,
        env = "SLOTH_COLOR"
    )]
    pub color: Choice,
    /// Give up a request after this time, such as 10s [env: SLOTH_TIMEOUT=] [default: 30s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Ask nothing: a question is an error
    #[arg(long, global = true, env = "SLOTH_NO_INPUT", value_parser = FalseyValueParser::new())]
    pub no_input: bool,
    /// Read what the node itself has, without the agreement of the others
    #[arg(long, global = true)]
    pub stale: bool,
}

impl Globals {
    /// Takes over what the environment says and the line does not; where `--timeout` has a meaning of its own, the
    /// variable has not.
    pub fn complete(&mut self) -> Result<(), Error> {
        let Ok(text) = std::env::var(TIMEOUT) else { return Ok(()) };
        if self.timeout.is_none() && !text.is_empty() {
            let timeout = duration(&text);
            let timeout =
                timeout.map_err(|error| Error::usage(format!("{TIMEOUT}={text}: {error}")))?;
            self.timeout = Some(timeout);
        }
        Ok(())
    }

    pub fn output(&self) -> Output {
        Output::new(self.output, self.quiet, self.color)
            .laid(&self.columns, self.no_headers)
            .with_json_errors(self.json_errors)
    }
}

/// A duration such as `1h30m`, longer than nothing.
pub fn duration(text: &str) -> Result<Duration, String> {
    match config::duration::parse(text) {
        Ok(Duration::ZERO) => Err("it must be longer than nothing".into()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    fn parse(line: &str) -> Result<Arguments, ErrorKind> {
        Arguments::try_parse_from(line.split_whitespace()).map_err(|error| error.kind())
    }

    #[test]
    fn the_tree_of_commands_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_the_issue_names_is_there() {
        for line in [
            "sloth",
            "sloth -o json",
            "sloth run a.sloth",
            "sloth run a.sloth -w deploy -t a -t b -v x.yaml -v y.json --var k=v --var n:=1 --on role=web --detach",
            "sloth run --resume",
            "sloth run --resume 01K0000000000000000000000H",
            "sloth run --saved deploy",
            "sloth run list -o jsonl",
            "sloth run show latest --timeout 5s -o json",
            "sloth run show latest --why",
            "sloth run show --graph mermaid",
            "sloth run logs latest build --tail 9 --grep x --stream stderr",
            "sloth run follow latest",
            "sloth run cancel latest",
            "sloth run rerun latest --failed",
            "sloth rerun latest --from test --from pack",
            "sloth run approve latest deploy --all",
            "sloth run reject latest deploy --abort",
            "sloth run stats --since 7d --by task -w ci",
            "sloth run prune --older-than 90d --keep 10 --status failed --dry-run",
            "sloth run list --status failed --since today",
            "sloth run a.sloth --wait=5m",
            "sloth run a.sloth --tag web --skip b --from c --no-deps --timeout 5m --max-parallel 2 --retry 1",
            "sloth run a.sloth --keep-going --label a=b --reason why --check --exit-code -- one two",
            "sloth run --dry-run",
            "sloth run --plan -y",
            "sloth run -i a.sloth",
            "sloth run --resume -i",
            "sloth run --list",
            "sloth run -d a -d b",
            "sloth plan a.sloth -t b --static",
            "sloth plan --exit-code --var a=b",
            "sloth check a.sloth dir --strict",
            "sloth run a.sloth --progress none",
            "sloth fmt --check a.sloth dir",
            "sloth fmt --diff",
            "sloth lsp --stdio",
            "sloth new ci -t cicd --path dir",
            "sloth new --list",
            "sloth modules list --module fs",
            "sloth modules show fs.copy",
            "sloth help run show",
            "sloth help",
            "sloth graph a.sloth -s svg -w w",
            "sloth graph --format dot",
            "sloth workflow save deploy -f a.sloth",
            "sloth workflow list",
            "sloth workflow show deploy --source",
            "sloth workflow show a.sloth --graph dot",
            "sloth workflow list -f a.sloth",
            "sloth workflow list --saved",
            "sloth workflow delete deploy -y",
            "sloth node",
            "sloth node --name a --tag web --label zone=b --listen 0.0.0.0:7181 --seed b:7181 --no-mdns",
            "sloth node start --join - --advertise a:1 --max-tasks 4 --cluster-secret-file f",
            "sloth node list --stale",
            "sloth node show a",
            "sloth node leave",
            "sloth node remove a",
            "sloth node label a role=web gpu zone-",
            "sloth cluster status",
            "sloth cluster token",
            "sloth cluster token list",
            "sloth cluster token revoke abc",
            "sloth state get k",
            "sloth state set k v --ttl 1h --if-version 3 -n team",
            "sloth state delete k",
            "sloth state list pre",
            "sloth state cas k old new",
            "sloth state show k",
            "sloth state incr k -2 -n team",
            "sloth state stats",
            "sloth state namespaces",
            "sloth state clear -n team -y",
            "sloth state delete k/ --prefix",
            "sloth state watch k/ --current",
            "sloth state unlock deploy --token 4",
            "sloth state locks",
            "sloth state lock deploy --ttl 1m --wait 5m -- make deploy",
            "sloth secrets set token",
            "sloth secrets set token -f - --no-input",
            "sloth secrets set token --from-env TOKEN",
            "sloth secrets get token --reveal",
            "sloth secrets list -o json",
            "sloth secrets delete token -y",
            "sloth events list",
            "sloth events watch --from 7",
            "sloth doctor",
            "sloth version",
            "sloth completion bash",
            "sloth node list -o wide --columns name,state --no-headers --json-errors",
            "sloth logs latest build",
            "sloth follow",
            "sloth cancel latest",
            "sloth ps --active",
            "sloth history list",
            "sloth list",
            "sloth agent list",
            "sloth run list -o enhanced",
            "sloth -o json -q -y --node unix:/s --data-dir /d --color never --timeout 5s --no-input --stale version",
        ] {
            assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
        }
    }

    #[test]
    fn the_time_of_a_request_is_told_wherever_it_stands() {
        for line in [
            "sloth run show --timeout 5s",
            "sloth --timeout 5s run show",
            "sloth node list --timeout 5s",
        ] {
            let parsed = Arguments::try_parse_from(line.split_whitespace()).unwrap();
            assert_eq!(parsed.globals.timeout, Some(Duration::from_secs(5)), "{line}");
        }
    }

    #[test]
    fn the_rest_is_refused() {
        for (line, kind) in [
            ("sloth node label", ErrorKind::MissingRequiredArgument),
            ("sloth rum", ErrorKind::InvalidSubcommand),
            ("sloth run a --resume", ErrorKind::ArgumentConflict),
            ("sloth run a --dry-run --check", ErrorKind::ArgumentConflict),
            ("sloth run a --dry-run --detach", ErrorKind::ArgumentConflict),
            ("sloth run --label novalue", ErrorKind::ValueValidation),
            ("sloth run a -o xml", ErrorKind::InvalidValue),
            ("sloth run a --saved b", ErrorKind::ArgumentConflict),
            ("sloth run a --resume x", ErrorKind::ArgumentConflict),
            ("sloth version --node web-1", ErrorKind::ValueValidation),
            ("sloth version --timeout 0s", ErrorKind::ValueValidation),
            ("sloth run a --context x", ErrorKind::UnknownArgument),
            ("sloth state set k v --if-absent --if-version 1", ErrorKind::ArgumentConflict),
            ("sloth secrets set token value", ErrorKind::UnknownArgument),
            ("sloth secrets set token -f a --from-env B", ErrorKind::ArgumentConflict),
            ("sloth state delete k --prefix --if-version 1", ErrorKind::ArgumentConflict),
            ("sloth state unlock deploy", ErrorKind::MissingRequiredArgument),
            ("sloth run a --progress json", ErrorKind::InvalidValue),
            ("sloth --version", ErrorKind::DisplayVersion),
            ("sloth run --help", ErrorKind::DisplayHelp),
        ] {
            assert_eq!(parse(line).err(), Some(kind), "{line}");
        }
    }
}
