use std::path::{Path, PathBuf};

use clap::Args;
use config::Secret;
use web::wire::{Clear, SetSecret};

use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::session::Session;
use crate::values::text_of;

/// Shorter values are found too often by chance to be masked in outputs.
const MASKED_MIN: usize = 4;

/// Set a secret
///
/// The value is asked for, or comes from a file, from standard input or from a variable. It is never an argument, which
/// everybody on this machine could read. One end of line at the end of standard input is left out.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth secrets set registry_token
  vault read -field=token deploy | sloth secrets set deploy_token -f -
  sloth secrets set tls_key --from-file key.pem
  sloth secrets set api_key --from-env API_KEY"
)]
pub struct Set {
    name: String,
    /// Take the value from a file, or from standard input when it is -
    #[arg(
        short = 'f',
        long = "from-file",
        visible_alias = "file",
        value_name = "FILE",
        conflicts_with = "from_env"
    )]
    from_file: Option<PathBuf>,
    /// Take the value of this variable
    #[arg(long, value_name = "VARIABLE")]
    from_env: Option<String>,
    #[arg(skip)]
    value: Option<Secret>,
}

impl Set {
    pub fn read(&mut self) -> Result<(), Error> {
        self.value = match (&self.from_file, &self.from_env) {
            (Some(path), _) => Some(Secret::new(from_file(path)?)),
            (None, Some(name)) => Some(Secret::new(from_variable(name)?)),
            (None, None) => None,
        };
        Ok(())
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let name = &self.name;
        let value = match &self.value {
            Some(value) => value.clone(),
            None => asked(session, name)?,
        };
        let set = SetSecret { value: Clear(value.reveal().to_owned()) };
        let stored = session.client.set_secret(name, &set).await?;
        session.out.done(&stored, &format!("secret {name} version {}", stored.version));
        if value.reveal().len() < MASKED_MIN {
            session.out.warn(&format!(
                "the value is too short to be masked in outputs: fewer than {MASKED_MIN} bytes"
            ));
        }
        session.out.next(&After::SecretsChanged);
        Ok(Exit::Done)
    }
}

fn from_file(path: &Path) -> Result<String, Error> {
    let text = text_of(path)?;
    let is_stdin = path == Path::new("-");
    Ok(match text.strip_suffix('\n').filter(|_| is_stdin) {
        Some(line) => line.strip_suffix('\r').unwrap_or(line).to_owned(),
        None => text,
    })
}

fn from_variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|error| match error {
        std::env::VarError::NotPresent => Error::usage(format!("the variable {name} is not set")),
        std::env::VarError::NotUnicode(_) => {
            Error::usage(format!("the variable {name} is not text in UTF-8"))
        }
    })
}

/// Asks twice, as nobody sees what is typed.
fn asked(session: &Session, name: &str) -> Result<Secret, Error> {
    let value = session.hidden(&format!("Value of secret `{name}`: "))?;
    let again = session.hidden("The same again: ")?;
    if value.reveal() != again.reveal() {
        return Err(Error::usage("the two values are not the same, nothing was changed"));
    }
    Ok(value)
}
