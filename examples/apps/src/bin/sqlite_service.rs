//! Orders in SQLite, behind `spawn_blocking`. One helper, which everybody calls, sends each row through a hop of its own: the
//! problem that was planted here. `--whole-orders` is the remedy.
//!
//! `GET /` lists paths to ask for, one a line; `GET /orders/N` answers with the order's rows.

use std::cell::RefCell;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use apps::{Service, serve};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use clap::Parser;
use rusqlite::Connection;
use tollbridge::task::spawn_blocking;

const ORDERS: u32 = 1_000;
const ROWS: u32 = 20;

#[derive(Parser)]
struct Options {
    /// One hop an order instead of one a row.
    #[arg(long)]
    whole_orders: bool,
    #[command(flatten)]
    service: Service,
}

struct Shop {
    database: PathBuf,
    whole_orders: bool,
}

fn main() -> anyhow::Result<()> {
    let Options { whole_orders, service } = Options::parse();
    let folder = tempfile::tempdir()?;
    let shop = Arc::new(Shop { database: folder.path().join("shop.db"), whole_orders });
    fill(&shop.database).context("cannot fill the database")?;
    let routes = Router::new().route("/", get(list)).route("/orders/{order}", get(order)).with_state(shop);
    serve(&service, routes)
}

async fn list() -> String {
    (0..ORDERS).map(|order| format!("/orders/{order}\n")).collect()
}

async fn order(State(shop): State<Arc<Shop>>, Path(order): Path<u32>) -> Result<String, StatusCode> {
    let rows = if shop.whole_orders { shop.whole_order(order).await } else { shop.row_by_row(order).await };
    Ok(rows.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?.concat())
}

impl Shop {
    async fn row_by_row(&self, order: u32) -> anyhow::Result<Vec<String>> {
        let mut rows = Vec::new();
        for row in 0..ROWS {
            rows.push(self.blocking(move |db| article(db, order, row)).await?);
        }
        Ok(rows)
    }

    async fn whole_order(&self, order: u32) -> anyhow::Result<Vec<String>> {
        self.blocking(move |db| (0..ROWS).map(|row| article(db, order, row)).collect()).await
    }

    /// The helper that everybody calls: on the blocking pool, with the thread's own connection.
    async fn blocking<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let database = self.database.clone();
        Ok(spawn_blocking(move || with_connection(&database, query)).await??)
    }
}

fn fill(database: &FilePath) -> rusqlite::Result<()> {
    let mut db = Connection::open(database)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.execute_batch("CREATE TABLE rows (ord INTEGER, row INTEGER, article TEXT, PRIMARY KEY (ord, row)) WITHOUT ROWID")?;
    let all = db.transaction()?;
    for order in 0..ORDERS {
        for row in 0..ROWS {
            all.execute("INSERT INTO rows VALUES (?, ?, ?)", (order, row, format!("article {}\n", order * row)))?;
        }
    }
    all.commit()
}

fn article(db: &Connection, order: u32, row: u32) -> rusqlite::Result<String> {
    db.prepare_cached("SELECT article FROM rows WHERE ord = ? AND row = ?")?.query_row((order, row), |row| row.get(0))
}

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// Runs the query on this thread's connection, which is opened with its first.
fn with_connection<T>(
    database: &FilePath,
    query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    CONNECTION.with_borrow_mut(|own| match own {
        Some(db) => query(db),
        None => query(own.insert(Connection::open(database)?)),
    })
}
