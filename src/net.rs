//! `tokio::net` with a measured [`lookup_host`]. Everything else is tokio's.
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
//! use std::net::SocketAddr;
//! use tollbridge::net::{TcpStream, lookup_host};
//!
//! // was: TcpStream::connect("example.com:80").await?
//! let addresses: Vec<SocketAddr> = lookup_host("example.com:80").await?.collect();
//! let stream = TcpStream::connect(addresses.as_slice()).await?;
//! # drop(stream);
//! # Ok(()) }
//! ```
//!
//! [`TcpStream::connect`], [`TcpListener::bind`], [`UdpSocket::bind`], `send_to` and all others that take a name look it up
//! in tokio's own way. That is a hop to the blocking pool which is not recorded. To record it, look the name up first, as
//! above.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::panic::Location;

pub use tokio::net::*;

use self::sealed::{Name, Named};
use crate::pool;
use tollbridge_instrument::session;

/// Does the same as [`tokio::net::lookup_host`], and measures the hop while recording is on.
///
/// A name takes one hop, whose site is the line of this call. An address takes none, even if it is given as text. As with tokio's,
/// nothing happens before the first poll. If recording is off at that moment, the call is tokio's own.
///
/// # Errors
/// The same as tokio's.
#[track_caller]
pub fn lookup_host<T>(host: T) -> impl Future<Output = io::Result<impl Iterator<Item = SocketAddr>>>
where
    T: ToSocketAddrs,
{
    // Not generic, so that the job's name says what it does and not how the host was given.
    fn lookup_host(name: Name) -> impl FnOnce() -> io::Result<std::vec::IntoIter<SocketAddr>> + Send {
        move || name.look_up()
    }
    let location = Location::caller();
    async move {
        let name = if session::decided().is_on() { host.name() } else { None };
        let Some(name) = name else {
            return tokio::net::lookup_host(host).await.map(Found::Tokio);
        };
        let found = pool::spawn_measured(&pool::Current, location, lookup_host(name)).await??;
        Ok(Found::Measured(found))
    }
}

/// A host that [`lookup_host`] can look up. The same types implement it as [`tokio::net::ToSocketAddrs`], so code that is generic over this trait can
/// pass its hosts on to tokio. The trait is sealed, as tokio's is.
pub trait ToSocketAddrs: tokio::net::ToSocketAddrs + Named {}

mod sealed {
    use std::io;
    use std::net::SocketAddr;

    /// What has to be looked up.
    #[derive(Debug)]
    pub enum Name {
        /// Host and port in one text.
        Text(String),
        /// Host and port.
        Pair(String, u16),
    }

    impl Name {
        pub(super) fn look_up(self) -> io::Result<std::vec::IntoIter<SocketAddr>> {
            match self {
                Self::Text(text) => std::net::ToSocketAddrs::to_socket_addrs(&text),
                Self::Pair(host, port) => std::net::ToSocketAddrs::to_socket_addrs(&(host, port)),
            }
        }
    }

    pub trait Named {
        /// The name, unless it is an address already, which tokio finds without a hop.
        fn name(&self) -> Option<Name> {
            None
        }
    }
}

macro_rules! addresses {
    ($($type:ty),+) => { $(
        impl Named for $type {}
        impl ToSocketAddrs for $type {}
    )+ };
}

addresses!(SocketAddr, SocketAddrV4, SocketAddrV6, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16), &[SocketAddr]);

impl Named for str {
    fn name(&self) -> Option<Name> {
        self.parse::<SocketAddr>().is_err().then(|| Name::Text(self.to_owned()))
    }
}

impl Named for String {
    fn name(&self) -> Option<Name> {
        self.as_str().name()
    }
}

impl Named for (&str, u16) {
    fn name(&self) -> Option<Name> {
        let (host, port) = *self;
        host.parse::<IpAddr>().is_err().then(|| Name::Pair(host.to_owned(), port))
    }
}

impl Named for (String, u16) {
    fn name(&self) -> Option<Name> {
        (self.0.as_str(), self.1).name()
    }
}

impl<T: Named + ?Sized> Named for &T {
    fn name(&self) -> Option<Name> {
        (**self).name()
    }
}

impl ToSocketAddrs for str {}
impl ToSocketAddrs for String {}
impl ToSocketAddrs for (&str, u16) {}
impl ToSocketAddrs for (String, u16) {}
impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {}

/// The addresses, from whichever road.
enum Found<I> {
    Tokio(I),
    Measured(std::vec::IntoIter<SocketAddr>),
}

impl<I: Iterator<Item = SocketAddr>> Iterator for Found<I> {
    type Item = SocketAddr;

    fn next(&mut self) -> Option<SocketAddr> {
        match self {
            Self::Tokio(found) => found.next(),
            Self::Measured(found) => found.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Tokio(found) => found.size_hint(),
            Self::Measured(found) => found.size_hint(),
        }
    }
}
