use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Map;
use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types::{
    CompletionOptions, CompletionParams, CompletionResponse, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentFormattingParams, Hover,
    HoverContents, HoverParams, HoverProviderCapability, InitializeParams, InitializeResult,
    MarkupContent, MarkupKind, OneOf, Position, ServerCapabilities, ServerInfo,
    TextDocumentPositionParams, TextDocumentSyncCapability, TextDocumentSyncKind, TextEdit, Uri,
};
use tower_lsp_server::{Client, LanguageServer};

use super::{offer, position, trouble};
use crate::commands::laid_out;
use crate::{file, version};

/// Editors have no more open than this; what comes beyond is not answered.
const DOCUMENTS_MAX: usize = 1_000;

/// What one editor has open.
pub struct Backend {
    client: Client,
    documents: Arc<Mutex<HashMap<Uri, Document>>>,
}

#[derive(Clone, Default)]
struct Document {
    text: Arc<str>,
    version: i32,
    /// Names of its tasks as it last loaded.
    tasks: Vec<String>,
}

impl Backend {
    pub fn new(client: Client) -> Self {
        Self { client, documents: Arc::default() }
    }

    fn document(&self, uri: &Uri) -> Option<Document> {
        self.with(|documents| documents.get(uri).cloned())
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Uri, Document>) -> T) -> T {
        act(&mut self.documents.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a text over and says what is wrong with it, unless a newer one has come meanwhile.
    async fn take(&self, uri: Uri, text: String, version: i32) {
        let text: Arc<str> = text.into();
        let kept = self.with(|documents| {
            if documents.len() >= DOCUMENTS_MAX && !documents.contains_key(&uri) {
                return false;
            }
            let document = documents.entry(uri.clone()).or_default();
            (document.text, document.version) = (text.clone(), version);
            true
        });
        if !kept {
            return;
        }
        let source = dsl::Source { name: name(&uri), text: text.to_string() };
        let load = move || file::load(&source, &Map::new());
        // A file that stops its thread is the file's fault, and the next version may be better.
        let Ok(loaded) = tokio::task::spawn_blocking(load).await else { return };
        let current = self.with(|documents| {
            let Some(document) = documents.get_mut(&uri) else { return false };
            if document.version == version
                && let Ok(file) = &loaded
            {
                let tasks = file.workflows.iter().flat_map(|workflow| &workflow.tasks);
                document.tasks = tasks.map(|task| task.name.to_string()).collect();
            }
            document.version == version
        });
        if current {
            self.client.publish_diagnostics(uri, trouble::of(&loaded), Some(version)).await;
        }
    }

    fn place(&self, at: &TextDocumentPositionParams) -> Option<(Document, usize)> {
        let document = self.document(&at.text_document.uri)?;
        let Position { line, character } = at.position;
        let byte = position::byte(&document.text, Position { line, character });
        Some((document, byte))
    }
}

/// The file's name, as diagnostics show it.
fn name(uri: &Uri) -> String {
    let path = uri.path().as_str();
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

impl LanguageServer for Backend {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        let triggers = [".", ":", "\"", "'"].map(str::to_owned).into();
        let capabilities = ServerCapabilities {
            text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
            completion_provider: Some(CompletionOptions {
                trigger_characters: Some(triggers),
                ..CompletionOptions::default()
            }),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            document_formatting_provider: Some(OneOf::Left(true)),
            ..ServerCapabilities::default()
        };
        let server_info =
            ServerInfo { name: "sloth".to_owned(), version: Some(version::NUMBER.to_owned()) };
        Ok(InitializeResult {
            capabilities,
            server_info: Some(server_info),
            ..InitializeResult::default()
        })
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, opened: DidOpenTextDocumentParams) {
        let document = opened.text_document;
        self.take(document.uri, document.text, document.version).await;
    }

    async fn did_change(&self, mut changed: DidChangeTextDocumentParams) {
        let document = changed.text_document;
        // Editors were told to send whole texts.
        if let Some(change) = changed.content_changes.pop() {
            self.take(document.uri, change.text, document.version).await;
        }
    }

    async fn did_close(&self, closed: DidCloseTextDocumentParams) {
        let uri = closed.text_document.uri;
        self.with(|documents| documents.remove(&uri));
        self.client.publish_diagnostics(uri, Vec::new(), None).await;
    }

    async fn completion(&self, asked: CompletionParams) -> Result<Option<CompletionResponse>> {
        let place = self.place(&asked.text_document_position);
        let items = place
            .map(|(document, byte)| offer::completions(&document.text[..byte], &document.tasks));
        Ok(items.map(CompletionResponse::Array))
    }

    async fn hover(&self, asked: HoverParams) -> Result<Option<Hover>> {
        let place = self.place(&asked.text_document_position_params);
        let value = place.and_then(|(document, byte)| offer::hover(&document.text, byte));
        Ok(value.map(|value| {
            let contents = MarkupContent { kind: MarkupKind::Markdown, value };
            Hover { contents: HoverContents::Markup(contents), range: None }
        }))
    }

    async fn formatting(&self, asked: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        let uri = asked.text_document.uri;
        let Some(document) = self.document(&uri) else { return Ok(None) };
        let source = dsl::Source { name: name(&uri), text: document.text.to_string() };
        let Ok(text) = laid_out(&source) else { return Ok(None) };
        let range = position::whole(&document.text);
        Ok(Some(vec![TextEdit { range, new_text: text }]))
    }
}
