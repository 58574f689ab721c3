//! A language server: what is wrong with a workflow file, what may stand where the cursor is, what a name means.

mod context;
mod offer;
mod position;
mod server;
mod trouble;

use tower_lsp_server::{LspService, Server};

/// Speaks with the editor on standard input and output until it goes.
pub async fn serve() {
    let (service, socket) = LspService::new(server::Backend::new);
    Server::new(tokio::io::stdin(), tokio::io::stdout(), socket).serve(service).await;
}
