use toml::Value;

use crate::Config;
use crate::value::Setting;

/// One setting: how it is named, set and shown.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) set: fn(&mut Config, &Value) -> Result<(), String>,
    pub(crate) show: fn(&Config) -> String,
}

macro_rules! keys {
    ($($section:ident: $($key:ident)*;)*) => {
        pub(crate) const KEYS: &[Key] = &[$($(Key {
            name: concat!(stringify!($section), ".", stringify!($key)),
            set: |config, value| {
                config.$section.$key = Setting::read(value)?;
                Ok(())
            },
            show: |config| config.$section.$key.show(),
        }),*),*];
    };
}

keys! {
    node: name labels tags data_dir max_tasks;
    mesh: listen advertise seeds mdns;
    cluster: secret secret_file;
    raft: voters replace_after snapshot_every log heartbeat election_min election_max;
    run: grace keep lease kill_grace lease_margin rehome_after named_wait;
}

impl Key {
    pub(crate) fn find(name: &str) -> Option<&'static Key> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// Its environment variable: `SLOTH_<SECTION>_<KEY>`.
    pub(crate) fn variable(&self) -> String {
        format!("SLOTH_{}", self.name.replace('.', "_").to_uppercase())
    }
}
