//! `tollbridge::net::lookup_host` against tokio's: the same addresses and errors, off and armed with each arm; one hop for a
//! name, none for an address.

mod common;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;

use common::{capture, run, settings};
use tollbridge::net::{TcpListener, TcpStream, ToSocketAddrs, lookup_host};
use tollbridge::report::Report;

/// What a lookup found, or the kind and the words of its error.
type Found = Result<Vec<SocketAddr>, (io::ErrorKind, String)>;

fn found(result: io::Result<impl Iterator<Item = SocketAddr>>) -> Found {
    result.map(Iterator::collect).map_err(|error| (error.kind(), error.to_string()))
}

/// The same lookups with either crate, of addresses and of names.
macro_rules! lookups {
    ($module:ident, $krate:ident) => {
        mod $module {
            use $krate::net::lookup_host;

            use super::*;

            pub(super) async fn addresses() -> Vec<Found> {
                let v4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80);
                let v6 = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 1, 2);
                let many = [SocketAddr::V4(v4), SocketAddr::V6(v6)];
                vec![
                    found(lookup_host(many[0]).await),
                    found(lookup_host(&many[1]).await),
                    found(lookup_host(v4).await),
                    found(lookup_host(v6).await),
                    found(lookup_host((IpAddr::V4(*v4.ip()), 1)).await),
                    found(lookup_host((Ipv4Addr::UNSPECIFIED, 2)).await),
                    found(lookup_host((Ipv6Addr::UNSPECIFIED, 3)).await),
                    found(lookup_host(many.as_slice()).await),
                    found(lookup_host(&many[..0]).await),
                    found(lookup_host("127.0.0.1:80").await),
                    found(lookup_host("[::1]:80").await),
                    found(lookup_host(String::from("[fe80::1%3]:80")).await),
                    found(lookup_host(&String::from("10.0.0.1:0")).await),
                    found(lookup_host(("127.0.0.1", 80)).await),
                    found(lookup_host(("::1", 80)).await),
                    found(lookup_host((String::from("::"), 80)).await),
                    found(lookup_host(&&("10.0.0.1", 65_535)).await),
                ]
            }

            pub(super) async fn names() -> Vec<Found> {
                let too_long = "a".repeat(300);
                vec![
                    found(lookup_host("localhost:80").await),
                    found(lookup_host(String::from("localhost:0")).await),
                    found(lookup_host(&String::from("LOCALHOST:1")).await),
                    found(lookup_host(("localhost", 65_535)).await),
                    found(lookup_host(&(String::from("localhost"), 3)).await),
                    // What is neither is for the pool to find out.
                    found(lookup_host("").await),
                    found(lookup_host("localhost").await),
                    found(lookup_host("localhost:http").await),
                    found(lookup_host("localhost:65536").await),
                    found(lookup_host("127.0.0.1").await),
                    found(lookup_host("::1:80:").await),
                    found(lookup_host("nul\0nul:80").await),
                    found(lookup_host((too_long.as_str(), 80)).await),
                ]
            }
        }
    };
}

lookups!(theirs, tokio);
lookups!(ours, tollbridge);

#[test]
fn addresses_make_no_hop() {
    let (expected, _) = run(None, theirs::addresses);
    assert!(expected.iter().all(Result::is_ok), "{expected:?}");
    for setting in settings() {
        let (found, report) = run(setting, ours::addresses);
        assert_eq!(found, expected);
        assert!(report.is_none_or(|report| report.outcomes.submitted == 0));
    }
}

#[test]
fn names_make_one_hop_each() {
    let (expected, _) = run(None, theirs::names);
    assert!(expected[..5].iter().all(|found| found.as_ref().is_ok_and(|found| !found.is_empty())), "{expected:?}");
    assert!(expected[5..].iter().all(Result::is_err), "{expected:?}");
    assert!(expected.iter().any(|found| found.as_ref().is_err_and(|(kind, _)| *kind == io::ErrorKind::InvalidInput)));
    for setting in settings() {
        let (found, report) = run(setting, ours::names);
        assert_eq!(found, expected);
        if let Some(Report { outcomes, .. }) = report {
            let names = expected.len() as u64;
            assert_eq!((outcomes.submitted, outcomes.joined), (names, names));
        }
    }
}

#[test]
fn a_hop_is_named_by_its_callers_line() {
    let mut line = 0;
    let captured = capture(
        |builder| builder,
        || async {
            line = line!() + 1;
            let hosts = (lookup_host("localhost:80"), lookup_host(("localhost", 80)));
            assert!(found(hosts.0.await).is_ok() && found(hosts.1.await).is_ok());
        },
    );
    // One job, however the host was given; two columns.
    for site in &captured.report.sites {
        assert!(site.site.starts_with(&format!("tests/net.rs:{line}:")), "{}", site.site);
        assert_eq!(site.job, "tollbridge::net::lookup_host::lookup_host::{{closure}}");
        assert_eq!((site.hops, site.outcomes.joined), (1, 1));
    }
    assert_eq!(captured.report.sites.len(), 2);
}

#[test]
fn nothing_happens_before_the_first_poll() {
    let captured = capture(|builder| builder, || async { drop(lookup_host("localhost:80")) });
    assert_eq!(captured.report.outcomes.submitted, 0);
}

#[test]
fn a_lookup_that_is_dropped_midway_is_detached() {
    let captured = capture(
        |builder| builder,
        || async {
            let (release, wait) = mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || wait.recv());
            {
                let mut lookup = pin!(lookup_host("localhost:80"));
                let polled = std::future::poll_fn(|cx| Poll::Ready(lookup.as_mut().poll(cx).is_pending())).await;
                assert!(polled);
            }
            release.send(()).expect("the job waits");
            busy.await.expect("it returns").expect("released");
        },
    );
    let outcomes = captured.report.outcomes;
    assert_eq!((outcomes.submitted, outcomes.detached), (1, 1));
}

#[test]
fn a_runtime_that_is_gone_is_tokios_error() {
    for setting in settings() {
        let _alone = common::alone();
        let guard = setting.map(|build| build(common::builder()).init());
        let runtime = common::runtime();
        let handle = runtime.handle().clone();
        runtime.shutdown_background();
        let expected = found(handle.block_on(tokio::net::lookup_host("localhost:80")));
        assert!(expected.is_err());
        assert_eq!(found(handle.block_on(lookup_host("localhost:80"))), expected);
        if let Some(guard) = guard {
            assert_eq!(guard.finish().expect("armed").outcomes.cancelled, 1);
        }
    }
}

#[test]
fn a_lookup_can_be_spawned_and_so_can_what_it_found() {
    let captured = capture(
        |builder| builder,
        || async {
            let found = tokio::spawn(lookup_host("localhost:80")).await.expect("it returns").expect("localhost");
            assert!(found.size_hint().0 > 0);
            assert!(tokio::spawn(async move { found.count() }).await.expect("it returns") > 0);
        },
    );
    assert_eq!(captured.report.outcomes.joined, 1);
}

/// What is generic over our hosts can hand them to tokio too.
async fn connect(host: impl ToSocketAddrs + Clone) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = lookup_host(host.clone()).await?.collect();
    drop(TcpStream::connect(host).await?);
    TcpStream::connect(addresses.as_slice()).await
}

#[test]
fn what_was_found_can_be_connected_to() {
    let captured = capture(
        |builder| builder,
        || async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
            let address = listener.local_addr().expect("bound");
            let stream = connect(("localhost", address.port())).await.expect("somebody listens");
            assert_eq!(stream.peer_addr().expect("connected"), address);
        },
    );
    assert_eq!(captured.report.outcomes.submitted, 1, "the lookup in `connect` is tokio's own");
}
