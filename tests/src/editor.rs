use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::home::Home;

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An editor that speaks with `sloth lsp` as the protocol says: numbered requests, notifications, framed JSON.
pub struct Editor {
    _home: Home,
    child: Child,
    input: Option<ChildStdin>,
    received: Receiver<Value>,
    /// Notifications that came while an answer was waited for.
    notes: VecDeque<Value>,
    asked: u64,
}

impl Editor {
    pub(crate) fn start(home: Home, mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, received) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { _home: home, child, input, received, notes: VecDeque::new(), asked: 0 }
    }

    /// Asks, and waits for the answer to that.
    pub fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        loop {
            let message = self.next(method);
            if message["id"] == id && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
            self.notes.push_back(message);
        }
    }

    pub fn tell(&mut self, method: &str, parameters: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": parameters}));
    }

    /// The next notification of that method.
    pub fn told(&mut self, method: &str) -> Value {
        loop {
            let kept = self.notes.iter().position(|note| note["method"] == method);
            if let Some(note) = kept.and_then(|place| self.notes.remove(place)) {
                return note["params"].clone();
            }
            let message = self.next(method);
            self.notes.push_back(message);
        }
    }

    /// Says goodbye. The exit code.
    pub fn leave(mut self) -> i32 {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.input = None;
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let framed = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let input = self.input.as_mut().unwrap();
        input.write_all(framed.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    fn next(&self, what: &str) -> Value {
        self.received.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{what}: {error}"))
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(output: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            header => {
                if let Some(value) = header.strip_prefix("Content-Length: ") {
                    length = value.parse().ok()?;
                }
            }
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
