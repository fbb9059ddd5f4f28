//! Asks a service for what its `/` lists, over and over, and says how long the answers took.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

#[derive(Parser)]
struct Options {
    /// Address and port of the service.
    to: String,
    /// Connections, each of which waits for an answer before it asks again.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Options { to, clients, seconds } = Options::parse();
    let index = Client::connect(&to).await?.get("/").await?;
    let index = String::from_utf8(index).context("the list of paths is no text")?;
    let paths: Arc<[String]> = index.lines().map(str::to_owned).collect();
    anyhow::ensure!(!paths.is_empty() && clients > 0, "nothing to ask for");
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut asking = JoinSet::new();
    for client in 0..clients {
        asking.spawn(ask(to.clone(), paths.clone(), client * paths.len() / clients, end));
    }
    let mut latencies = Vec::new();
    while let Some(asked) = asking.join_next().await {
        latencies.extend(asked??);
    }
    latencies.sort_unstable();
    let quantile = |share: usize| latencies.get(latencies.len() * share / 100).map_or(0, Duration::as_micros);
    let rate = latencies.len() as f64 / seconds;
    println!("{rate:.0} requests a second, p50 {} us, p99 {} us", quantile(50), quantile(99));
    Ok(())
}

/// Goes through the paths, from `first` on, until the time is over. How long each answer took.
async fn ask(to: String, paths: Arc<[String]>, first: usize, end: Instant) -> anyhow::Result<Vec<Duration>> {
    let mut client = Client::connect(&to).await?;
    let mut latencies = Vec::new();
    for path in paths.iter().cycle().skip(first) {
        let start = Instant::now();
        if start >= end {
            break;
        }
        client.get(path).await?;
        latencies.push(start.elapsed());
    }
    Ok(latencies)
}

/// As much of HTTP/1.1 as our own services need: answers that say how long they are, over one connection.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(to: &str) -> anyhow::Result<Self> {
        let connection = TcpStream::connect(to).await.with_context(|| format!("cannot connect to {to}"))?;
        connection.set_nodelay(true)?;
        Ok(Self(BufReader::new(connection)))
    }

    async fn get(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.0.get_mut().write_all(format!("GET {path} HTTP/1.1\r\nhost: app\r\n\r\n").as_bytes()).await?;
        let (mut line, mut length) = (String::new(), None);
        self.0.read_line(&mut line).await?;
        anyhow::ensure!(line.contains(" 200 "), "{path}: {}", line.trim_end());
        while line.trim_end() != "" {
            line.clear();
            self.0.read_line(&mut line).await?;
            let value = line.strip_prefix("content-length:").map(str::trim);
            length = value.map(str::parse).transpose()?.or(length);
        }
        let mut body = vec![0; length.with_context(|| format!("{path}: an answer of unknown length"))?];
        self.0.read_exact(&mut body).await?;
        Ok(body)
    }
}
