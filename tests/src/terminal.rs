use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::home::Home;
use crate::process::{self, Signal};
use crate::wait::{SHORT, wait_until};

const LOOK: Duration = Duration::from_millis(5);

/// A call of the binary that a person watches: all three streams are one terminal.
pub struct Terminal {
    _home: Home,
    child: Child,
    master: File,
    written: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    pub(crate) fn start(home: Home, mut command: Command) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let peer: OwnedFd = ioctl_tiocgptpeer(&master, flags).unwrap();
        let stream = || Stdio::from(peer.try_clone().unwrap());
        command.stdin(stream()).stdout(stream()).stderr(stream()).env("TERM", "xterm");
        let child = command.spawn().unwrap();
        // What the command still holds of the other end goes with it.
        drop((command, peer));
        let master = File::from(master);
        let written = Arc::new(Mutex::new(Vec::new()));
        let (from, to) = (master.try_clone().unwrap(), written.clone());
        let reader = std::thread::spawn(move || read(from, &to));
        Self { _home: home, child, master, written, reader: Some(reader) }
    }

    /// What stands there, everything that has scrolled up included.
    pub fn screen(&self) -> String {
        shown(&String::from_utf8_lossy(&self.written.lock().unwrap()))
    }

    /// Waits until a text stands there.
    pub fn shows(&self, text: &str) -> &Self {
        wait_until(&format!("the terminal shows {text:?}"), SHORT, || {
            let screen = self.screen();
            if screen.contains(text) { Ok(()) } else { Err(screen) }
        });
        self
    }

    /// As if typed.
    pub fn types(&mut self, text: &str) -> &mut Self {
        self.master.write_all(text.as_bytes()).unwrap();
        self
    }

    pub fn interrupt(&self) {
        process::signal_group(self.child.id(), Signal::INT);
    }

    /// Waits for its end: the exit code, and what stands there then.
    pub fn finish(mut self) -> (i32, String) {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < SHORT * 3, "hangs:\n{}", self.screen());
            std::thread::sleep(LOOK);
        };
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap_or_default());
        (code, self.screen())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        process::signal_group(self.child.id(), Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Until nobody holds the other end any more.
fn read(mut master: File, written: &Mutex<Vec<u8>>) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = master.read(&mut bytes) {
        written.lock().unwrap().extend_from_slice(&bytes[..count]);
    }
}

/// A terminal of endless height that knows the sequences of the live region, and no colours.
fn shown(text: &str) -> String {
    let mut lines = vec![Vec::new()];
    let (mut row, mut column) = (0_usize, 0_usize);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => {
                let (count, command) = sequence(&mut rest);
                match command {
                    'F' => (row, column) = (row.saturating_sub(count.max(1)), 0),
                    'J' => {
                        lines.truncate(row + 1);
                        lines[row].truncate(column);
                    }
                    'K' => lines[row].truncate(column),
                    _ => {}
                }
            }
            '\r' => column = 0,
            '\n' => {
                (row, column) = (row + 1, 0);
                if row == lines.len() {
                    lines.push(Vec::new());
                }
            }
            c => {
                if column < lines[row].len() {
                    lines[row][column] = c;
                } else {
                    lines[row].push(c);
                }
                column += 1;
            }
        }
    }
    lines.iter().map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\n")
}

/// The number and the letter of `ESC [ 12 F`.
fn sequence(rest: &mut std::str::Chars<'_>) -> (usize, char) {
    let mut number = String::new();
    for c in rest.by_ref().skip_while(|c| *c == '[') {
        if c.is_ascii_alphabetic() {
            return (number.parse().unwrap_or(0), c);
        }
        number.push(c);
    }
    (0, ' ')
}
