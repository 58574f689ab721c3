---@meta

---What a call returned: its outcome and fields of its own. It reads as its text: the output of a command, else the
---message.
---@class sloth.Result : string
---@field ok boolean
---@field changed boolean
---@field failed boolean
---@field skipped boolean
---@field check boolean
---@field message string
---@field error string?
---@field code string?
---@field diff { before: any, after: any }?
---@field success boolean?
---@field stdout string?
---@field stderr string?
---@field output string?
---@field exit_code integer?
---@field duration number?
---@field truncated boolean?
---@field path string?
---@field key string?
---@field version integer?

---The folder a task works in.
---@class sloth.Workdir
---@field get fun(): string
---@field ensure fun(): boolean, string?
---@field recreate fun(): boolean, string?
---@field exists fun(): boolean
---@field cleanup fun(): boolean, string?

---The node that runs a task.
---@class sloth.Agent
---@field name string
---@field get fun(): string

---The running task.
---@class sloth.This
---@field name string
---@field workdir sloth.Workdir
---@field agent sloth.Agent
---@field params table<string, any>
---@field attempt integer
---@field run_id string

---Begins a task.
---@param name string|sloth.TaskFields
---@param fields? sloth.TaskFields
---@param command? function
---@return sloth.Task
function task(name, fields, command) end

---Workflows.
---@class sloth.Workflows
---@overload fun(name: string|sloth.WorkflowFields, fields?: sloth.WorkflowFields): sloth.Workflow
workflow = {}

---Begins a workflow.
---@param name string|sloth.WorkflowFields
---@param fields? sloth.WorkflowFields
---@return sloth.Workflow
function workflow.define(name, fields) end

---What the caller gave; calling it sets defaults.
---@class sloth.Values
---@field [string] any
---@overload fun(defaults: table<string, any>): table<string, any>
values = {}

Values = values

---Passes on what a call returned, or raises its error.
---@generic T
---@param value T
---@param ... any
---@return T
function must(value, ...) end
