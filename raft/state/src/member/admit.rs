use std::collections::BTreeSet;

use config::{Labels, Name, NodeId, limits};

use super::{Admission, Admit, Found, KEYS_MAX, MEMBERS_MAX, Member, Overrides};
use crate::event::Draft;
use crate::state::{Context, Founding};
use crate::{Answer, Kind, Refusal, Reply, State, check};

impl State {
    pub(crate) fn found(&mut self, context: &Context<'_>, found: &Found) -> Reply {
        if let Some(cluster) = &self.cluster {
            return Err(Refusal::conflict(format!(
                "cluster {} has been founded already",
                cluster.id
            )));
        }
        self.cluster = Some(Founding {
            id: found.cluster,
            standalone: found.standalone,
            dissolved_into: None,
        });
        let founder = Member {
            labels: found.labels.clone(),
            generation: Some(0),
            ..Member::new(context, found.name.clone(), Admission::Founder)
        };
        self.let_in(context, found.node, founder);
        Ok(Answer::Done)
    }

    pub(crate) fn admit(&mut self, context: &Context<'_>, admit: &Admit) -> Reply {
        if self.members.contains_key(&admit.node) {
            return Ok(Answer::Done);
        }
        self.check_key(admit.node)?;
        let set = self.proven(&admit.by)?;
        let overrides = Overrides { set, ..Overrides::default() };
        let member = Member {
            labels: overrides.over(&admit.labels)?,
            overrides,
            ..Member::new(context, self.free_name(admit)?, admit.by.clone())
        };
        self.let_in(context, admit.node, member);
        if let Some(cluster) = &mut self.cluster {
            cluster.standalone = false;
        }
        Ok(Answer::Done)
    }

    fn check_key(&self, node: NodeId) -> Result<(), Refusal> {
        if self.tombstones.contains_key(&node) {
            return Err(Refusal::new(
                Kind::Denied,
                format!("node {} has left or was removed: it needs a new key", node.short()),
            ));
        }
        check::room("members", self.members.len(), MEMBERS_MAX)?;
        check::room(
            "members and keys of former ones",
            self.members.len() + self.tombstones.len(),
            KEYS_MAX,
        )
    }

    /// The labels that come with the proof. A token is used by this.
    fn proven(&mut self, by: &Admission) -> Result<Labels, Refusal> {
        match by {
            Admission::Secret => Ok(Labels::default()),
            Admission::Token(id) => self.tokens.spend(id, self.clock),
            Admission::Founder => Err(Refusal::invalid("only `Found` makes a founder")),
        }
    }

    fn free_name(&self, admit: &Admit) -> Result<Name, Refusal> {
        let taken: BTreeSet<&Name> = self.members.values().map(|member| &member.name).collect();
        if !taken.contains(&admit.name) {
            return Ok(admit.name.clone());
        }
        if admit.name_fixed {
            return Err(Refusal::conflict(format!(
                "a node named `{}` is a member already: choose another name",
                admit.name
            )));
        }
        let free =
            (2..).map(|number| suffixed(&admit.name, number)).find(|name| !taken.contains(name));
        free.ok_or_else(|| Refusal::limit(format!("every name like `{}` is taken", admit.name)))
    }

    fn let_in(&mut self, context: &Context<'_>, node: NodeId, member: Member) {
        let draft = Draft::new("node.admitted").about(node).with("name", member.name.as_str());
        let draft = match &member.admitted {
            Admission::Founder => draft.with("by", "founder"),
            Admission::Secret => draft.with("by", "secret"),
            Admission::Token(id) => draft.with("by", "token").with("token", id.as_str()),
        };
        self.members.insert(node, member);
        self.emit(context, draft);
    }
}

/// `web` with 2 is `web-2`; a long name is cut for it.
fn suffixed(name: &Name, number: u32) -> Name {
    let suffix = format!("-{number}");
    let kept = name.len().min(limits::NAME_BYTES - suffix.len());
    // A cut name is ASCII, starts as before and has its length checked: it is a name.
    Name::new(&format!("{}{suffix}", &name[..kept])).unwrap_or_else(|_| name.clone())
}

impl Member {
    fn new(context: &Context<'_>, name: Name, admitted: Admission) -> Member {
        Member {
            name,
            labels: Labels::default(),
            overrides: Overrides::default(),
            admitted,
            admitted_at: context.at,
            incarnation: 0,
            nonce: 0,
            version: String::new(),
            slots: 0,
            lost: None,
            leaving: false,
            draining: false,
            generation: None,
        }
    }
}
