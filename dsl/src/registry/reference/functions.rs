//! The modules of the registry as topics.

use crate::registry::common;
use crate::registry::function::{Capability, Class, Function};
use crate::registry::module::Module;
use crate::registry::parameter::{self, Parameter};

use super::entry::{Argument, Entry, Kind, Need, Topic};

pub fn topic(module: &Module) -> Topic {
    Topic {
        name: module.name.into(),
        aliases: owned(module.aliases),
        doc: module.doc.into(),
        kind: Kind::Module,
        entries: module.functions.iter().map(|function| entry(module.name, function)).collect(),
        call: module.call.map(Into::into),
    }
}

pub fn entry(module: &str, function: &Function) -> Entry {
    let arguments: Vec<Argument> = function
        .parameters
        .iter()
        .map(|parameter| argument(parameter, false))
        .chain(common::parameters(function).map(|parameter| argument(parameter, true)))
        .collect();
    let name = match module {
        "" => function.name.to_owned(),
        module => format!("{module}.{}", function.name),
    };
    Entry {
        short: function.name.into(),
        aliases: owned(function.aliases),
        signature: signature(&name, &arguments),
        doc: function.doc.into(),
        returns: function.returns.into(),
        failing: function.class.failing().into(),
        gives: gives(function),
        notes: notes(function),
        example: function.example.into(),
        name,
        arguments,
    }
}

fn argument(parameter: &Parameter, common: bool) -> Argument {
    Argument {
        name: parameter.name.into(),
        aliases: owned(parameter.aliases),
        kind: parameter.kind.describe(),
        lua: parameter.kind.lua(),
        need: match parameter.need {
            parameter::Need::Required => Need::Required,
            parameter::Need::Optional => Need::Optional,
            parameter::Need::Default(default) => Need::Default(default.lua()),
            parameter::Need::Rest => Need::Rest,
        },
        positional: parameter.positional,
        common,
        doc: parameter.doc.into(),
    }
}

/// `fs.write(path, content, { mode?, … })`: common arguments are not spelled out.
fn signature(name: &str, arguments: &[Argument]) -> String {
    let placed = arguments.iter().filter(|argument| argument.positional).map(shown);
    let mut parts: Vec<String> = placed.collect();
    let (common, own): (Vec<&Argument>, Vec<&Argument>) = arguments
        .iter()
        .filter(|argument| !argument.positional)
        .partition(|argument| argument.common);
    let more = (!common.is_empty()).then(|| "…".to_owned());
    let named: Vec<String> = own.into_iter().map(shown).chain(more).collect();
    if !named.is_empty() {
        parts.push(format!("{{ {} }}", named.join(", ")));
    }
    format!("{name}({})", parts.join(", "))
}

fn shown(argument: &Argument) -> String {
    match argument.need {
        Need::Required => argument.name.clone(),
        Need::Rest => "…".into(),
        Need::Optional | Need::Default(_) => format!("{}?", argument.name),
    }
}

fn gives(function: &Function) -> Vec<&'static str> {
    match function.class {
        Class::Change { .. } => vec!["sloth.Result|false", "string", "sloth.Result?"],
        Class::Command => vec!["sloth.Result", "string?", "boolean"],
        Class::Predicate => vec!["boolean", "string?"],
        Class::Value => vec![function.gives, "string?", "sloth.Result?"],
        Class::Object => vec![function.gives],
        Class::Silent => Vec::new(),
    }
}

fn notes(function: &Function) -> Vec<String> {
    let effect = function.effect().describe().to_owned();
    let needs = match function.capability {
        Capability::Nothing | Capability::Log => None,
        capability => Some(format!("Permission: `{}`.", capability.word())),
    };
    [effect].into_iter().chain(needs).collect()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
