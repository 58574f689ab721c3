use serde_json::Value;

/// A run as `run show -o json` prints it.
#[derive(Clone, Debug)]
pub struct Run(pub Value);

impl Run {
    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    pub fn status(&self) -> &str {
        self.0["status"].as_str().unwrap()
    }

    pub fn owner(&self) -> &str {
        self.0["owner"].as_str().unwrap()
    }

    pub fn error(&self) -> &str {
        self.0["error"].as_str().unwrap_or_default()
    }

    pub fn has_ended(&self) -> bool {
        !matches!(self.status(), "pending" | "queued" | "running")
    }

    pub fn task(&self, name: &str) -> &Value {
        let tasks = self.0["tasks"].as_array().unwrap();
        let found = tasks.iter().find(|task| task["name"] == name);
        found.unwrap_or_else(|| panic!("no task {name} in {self}"))
    }

    pub fn task_status(&self, name: &str) -> &str {
        self.task(name)["status"].as_str().unwrap()
    }

    pub fn instances(&self, task: &str) -> &[Value] {
        self.task(task)["instances"].as_array().unwrap()
    }

    /// The attempts of a task's only instance.
    pub fn attempts(&self, task: &str) -> &[Value] {
        match self.instances(task) {
            [] => &[],
            [instance] => instance["attempts"].as_array().unwrap(),
            _ => panic!("several instances of {task} in {self}"),
        }
    }

    /// Where the instances of a task are, sorted.
    pub fn nodes(&self, task: &str) -> Vec<&str> {
        let instances = self.instances(task).iter();
        let mut nodes: Vec<_> = instances.filter_map(|one| one["node"].as_str()).collect();
        nodes.sort_unstable();
        nodes
    }

    /// The words of the attempts of a task's only instance, in order.
    pub fn endings(&self, task: &str) -> Vec<&str> {
        self.attempts(task).iter().map(|attempt| attempt["status"].as_str().unwrap()).collect()
    }

    pub fn output(&self, task: &str) -> &Value {
        &self.0["outputs"][task]
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.0)
    }
}
