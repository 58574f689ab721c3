use prost::Message;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{IntoRequest, Status};
use tonic_prost::ProstCodec;

use crate::Result;

/// The calls of etcd's API that are needed here, on a connection of its own.
pub struct Server(Grpc<Channel>);

#[derive(Clone, PartialEq, Message)]
struct Put {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Empty {}

#[derive(Clone, PartialEq, Message)]
struct Header {
    #[prost(uint64, tag = "2")]
    member: u64,
}

#[derive(Clone, PartialEq, Message)]
struct Standing {
    #[prost(message, optional, tag = "1")]
    header: Option<Header>,
    #[prost(uint64, tag = "4")]
    leader: u64,
}

impl Server {
    pub async fn connect(endpoint: &str) -> Result<Self> {
        let endpoint = Endpoint::from_shared(endpoint.to_owned())?.tcp_nodelay(true);
        Ok(Server(Grpc::new(endpoint.connect().await?)))
    }

    pub async fn put(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<()> {
        let path = PathAndQuery::from_static("/etcdserverpb.KV/Put");
        let Empty {} = self.call(path, Put { key, value }).await?;
        Ok(())
    }

    /// Whether this server is the leader.
    pub async fn leads(&mut self) -> Result<bool> {
        let path = PathAndQuery::from_static("/etcdserverpb.Maintenance/Status");
        let standing: Standing = self.call(path, Empty {}).await?;
        Ok(standing.header.is_some_and(|me| me.member != 0 && me.member == standing.leader))
    }

    async fn call<Q, A>(&mut self, path: PathAndQuery, question: Q) -> Result<A>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let ready = self.0.ready().await;
        ready.map_err(|error| Status::unavailable(error.to_string()))?;
        let codec = ProstCodec::<Q, A>::default();
        Ok(self.0.unary(question.into_request(), path, codec).await?.into_inner())
    }
}
