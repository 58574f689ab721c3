use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Arguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::Output;

/// Print the completion script of a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth completion bash > /etc/bash_completion.d/sloth
  sloth completion zsh > ~/.zfunc/_sloth
  sloth completion fish > ~/.config/fish/completions/sloth.fish")]
pub struct Completion {
    shell: Shell,
}

impl Completion {
    pub fn run(&self, out: &Output) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "sloth", &mut script);
        out.raw(&String::from_utf8_lossy(&script));
        Ok(Exit::Done)
    }
}
