use std::collections::BTreeMap;
use std::ffi::OsString;

/// Variables that steer sloth itself reach no task.
const OWN: &str = "SLOTH_";
/// What a clean environment keeps.
const CLEAN: [&str; 2] = ["PATH", "HOME"];

/// What the processes of tasks inherit.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Of the node, or of the caller when standalone, without sloth's own variables.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Environment {
        let is_own = |name: &OsString| name.to_string_lossy().starts_with(OWN);
        Environment(variables.into_iter().filter(|(name, _)| !is_own(name)).collect())
    }

    /// With more variables laid over it.
    pub fn with(&self, more: impl IntoIterator<Item = (String, String)>) -> Environment {
        let mut all = self.0.clone();
        all.extend(more.into_iter().map(|(name, value)| (name.into(), value.into())));
        Environment(all)
    }

    /// What a process gets.
    pub fn of_process(
        &self,
        clean: bool,
        more: Vec<(String, String)>,
    ) -> BTreeMap<OsString, OsString> {
        let mut variables = self.0.clone();
        if clean {
            variables.retain(|name, _| CLEAN.iter().any(|kept| name == kept));
        }
        variables.extend(more.into_iter().map(|(name, value)| (name.into(), value.into())));
        variables
    }

    pub fn get(&self, name: &str) -> Option<String> {
        let value = self.0.get(&OsString::from(name))?;
        Some(value.to_string_lossy().into_owned())
    }
}
