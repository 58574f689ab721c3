use crate::cluster::{Cluster, Plan};
use crate::effects::Effects;
use crate::run::Run;
use crate::wait::LONG;

/// Three nodes, each with one part in what comes, and what their tasks do.
pub struct Scene {
    pub cluster: Cluster,
    pub effects: Effects,
    pub leader: String,
    /// Where runs are submitted. It does not lead.
    pub owner: String,
    /// The third.
    pub executor: String,
}

impl Scene {
    pub fn new() -> Self {
        Self::of(Plan::new(3))
    }

    /// Of three nodes with settings.
    pub fn of(plan: Plan) -> Self {
        let mut cluster = plan.start();
        let leader = cluster.leader();
        let [owner, executor] = <[String; 2]>::try_from(cluster.others(&[&leader])).unwrap();
        Self { cluster, effects: Effects::new(), leader, owner, executor }
    }

    /// One task that leaves traces, `far`, where `delegate_to` says.
    pub fn far(&self, beats: u32, target: &str) -> String {
        let task = self.effects.task("far", beats, &format!(":delegate_to('{target}')"));
        format!("local t = {task}\nworkflow.define('w'):tasks({{ t }}):build()")
    }

    /// Submits a run with one task for the executor, and waits until that has begun. The run's id.
    pub fn far_begins(&self, beats: u32) -> String {
        let id = self.submit(&self.far(beats, &self.executor));
        self.effects.begins("far", 1);
        id
    }

    /// The same for any node with a label, which only this one has. It may be given to another later.
    pub fn far_begins_on(&self, node: &str, beats: u32) -> String {
        self.label(node);
        let id = self.submit(&self.far(beats, "any:pick"));
        self.effects.begins("far", 1);
        id
    }

    /// From now on tasks of [`Self::far_begins_on`] may run there.
    pub fn label(&self, node: &str) {
        self.cluster.node(&self.owner).sloth(["node", "label", node, "pick"]).ok();
    }

    /// Hands a workflow to the owner. The run's id.
    pub fn submit(&self, text: &str) -> String {
        self.cluster.node(&self.owner).submit_text(text)
    }

    /// The end of a run, as this node tells it.
    pub fn ends(&self, by: &str, id: &str) -> Run {
        self.cluster.run_ends(by, id, LONG)
    }

    /// The task was done once, however many attempts that took, and reported once.
    pub fn done_once(&self, by: &str, run: &Run, tag: &str) {
        self.effects.assert_apart(tag);
        assert_eq!(self.effects.ended(tag), 1, "{:#?}", self.effects.spans(tag));
        let story = self.cluster.node(by).why(run.id()).into_iter();
        let reports =
            story.filter(|event| event["kind"] == "task.completed" && event["task"] == tag);
        assert_eq!(reports.count(), 1, "{run}");
    }

    pub fn kill(&mut self, name: &str) {
        self.cluster.node_mut(name).kill();
    }

    /// Starts a node again that was killed.
    pub fn again(&mut self, name: &str) {
        self.cluster.node_mut(name).again();
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}
