use mlua::{AppDataRefMut, Function, Lua, Table, Value};

use super::draft::{Draft, FunctionId};
use super::left::Left;
use super::read::Fault;
use crate::diagnostic::{DIAGNOSTICS_MAX, Diagnostic};
use crate::span::Text;

/// Tasks of one file.
const TASKS_MAX: usize = 100_000;

/// Workflows of one file.
const WORKFLOWS_MAX: usize = 1_000;

/// Bytes of all settings of one file together.
const BYTES_MAX: usize = 32 << 20;

/// More than this many say nothing new.
const WARNINGS_MAX: usize = 100;

/// Calls between a builder and the file's own code.
const LEVELS_MAX: usize = 8;

const FUNCTIONS: &str = "sloth.functions";

/// Everything a file has declared so far, kept in the state's application data.
pub struct Book {
    pub file: String,
    pub text: Text,
    pub tasks: Vec<Draft>,
    pub workflows: Vec<Draft>,
    pub faults: Vec<Diagnostic>,
    /// What is odd but allowed.
    pub warnings: Vec<String>,
    /// Whether any text names a value.
    pub open: bool,
    pub left: Left,
    bytes: usize,
    functions: FunctionId,
}

impl Book {
    pub fn open(lua: &Lua, file: &str, text: Text) -> mlua::Result<()> {
        lua.set_named_registry_value(FUNCTIONS, lua.create_table()?)?;
        lua.set_app_data(Book {
            file: file.into(),
            text,
            tasks: Vec::new(),
            workflows: Vec::new(),
            faults: Vec::new(),
            warnings: Vec::new(),
            open: false,
            left: Left::default(),
            bytes: 0,
            functions: 0,
        });
        Ok(())
    }

    pub fn of(lua: &Lua) -> mlua::Result<AppDataRefMut<'_, Book>> {
        lua.app_data_mut::<Book>().ok_or_else(|| {
            mlua::Error::runtime("workflows are declared while the file is loaded, not in a task")
        })
    }

    /// Ends the declarations: a task function can add nothing.
    pub fn close(lua: &Lua) -> mlua::Result<Book> {
        lua.remove_app_data::<Book>()
            .ok_or_else(|| mlua::Error::runtime("the book was closed before"))
    }

    /// Opens a task; its number.
    pub fn task(&mut self, draft: Draft) -> mlua::Result<usize> {
        add(&mut self.tasks, draft, TASKS_MAX, "tasks")
    }

    /// Opens a workflow; its number.
    pub fn workflow(&mut self, draft: Draft) -> mlua::Result<usize> {
        add(&mut self.workflows, draft, WORKFLOWS_MAX, "workflows")
    }

    /// Counts what is kept outside of the state's own memory limit.
    pub fn charge(&mut self, bytes: usize) -> mlua::Result<()> {
        self.bytes += bytes;
        if self.bytes > BYTES_MAX {
            let megabytes = BYTES_MAX >> 20;
            return Err(mlua::Error::runtime(format!(
                "the file declares more than {megabytes} MiB"
            )));
        }
        Ok(())
    }

    /// Writes down what is wrong and goes on, so that a person sees several faults at once.
    pub fn fault(&mut self, fault: Fault, line: u32) -> mlua::Result<()> {
        let place = self.text.find(line, &fault.name);
        let mut diagnostic = Diagnostic::new(fault.code, fault.message, place);
        diagnostic.hint = fault.hint;
        self.faults.push(diagnostic);
        if self.faults.len() >= DIAGNOSTICS_MAX {
            return Err(mlua::Error::runtime("too many faults"));
        }
        Ok(())
    }

    /// Writes down what a person may want to know.
    pub fn warn(&mut self, what: String, line: u32) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(self.text.say(line, &what));
        }
    }

    /// Where in the text a name stands, at or below a line.
    pub fn place(&self, line: u32, name: &str) -> u32 {
        self.text.line_of(line, name)
    }

    fn next_function(&mut self) -> FunctionId {
        self.functions += 1;
        self.functions
    }
}

fn add(list: &mut Vec<Draft>, draft: Draft, most: usize, what: &str) -> mlua::Result<usize> {
    if list.len() == most {
        return Err(mlua::Error::runtime(format!("the file declares more than {most} {what}")));
    }
    list.push(draft);
    Ok(list.len() - 1)
}

/// Keeps a function for the attempt that will call it.
pub fn keep(lua: &Lua, function: &Function) -> mlua::Result<FunctionId> {
    let id = Book::of(lua)?.next_function();
    lua.named_registry_value::<Table>(FUNCTIONS)?.raw_set(id, function)?;
    Ok(id)
}

/// A kept function.
pub fn kept(lua: &Lua, id: FunctionId) -> mlua::Result<Function> {
    lua.named_registry_value::<Table>(FUNCTIONS)?.raw_get(id)
}

/// The line of the file's own code that called the running function.
pub fn line(lua: &Lua) -> mlua::Result<u32> {
    let text = Book::of(lua)?.text.clone();
    let at = |level| {
        lua.inspect_stack(level, |frame| {
            let line = frame.current_line()?;
            text.place(&frame.source().short_src?, line as u32)
        })
        .flatten()
    };
    Ok((1..LEVELS_MAX).find_map(at).unwrap_or(1))
}

/// The line where a function of these texts begins.
pub fn line_of(text: &Text, function: &Function) -> u32 {
    let info = function.info();
    let (Some(chunk), Some(line)) = (info.short_src, info.line_defined) else { return 0 };
    text.place(&chunk, line as u32).unwrap_or(0)
}

/// A short description of a value for a message.
pub fn describe(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text {:?}", text.to_string_lossy()),
        Value::Integer(number) => format!("the number {number}"),
        Value::Number(number) => format!("the number {number}"),
        Value::Boolean(value) => value.to_string(),
        Value::Nil => "nothing".into(),
        other => format!("a {}", other.type_name()),
    }
}
