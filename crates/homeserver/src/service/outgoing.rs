//! Requests to servers that strangers name: they reach the public internet and nothing else, so that
//! nobody makes this server ask its own network.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures::StreamExt as _;
use reqwest::{
    Client, Response, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most of an answer that is read.
const MAXIMUM_ANSWER: usize = 64 * 1024;

/// Sends requests to servers that strangers name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outgoing {
    allow_private: bool,
    /// Made when first used: reading the authorities to trust takes a while.
    client: Arc<OnceLock<Client>>,
}

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// The address is not one this server asks.
    #[error("the address may not be asked")]
    Refused,
    /// The server could not be reached, or did not answer in time.
    #[error("the server cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    /// The answer is longer than any that is expected.
    #[error("the answer is too long")]
    TooLong,
}

impl Outgoing {
    /// Asks private addresses, and without TLS, only if allowed.
    pub fn new(allow_private: bool) -> Self {
        Self { allow_private, client: Arc::default() }
    }

    /// Whether an address may be asked at all; what its name leads to is looked at when it is.
    pub fn may_ask(&self, url: &Url) -> bool {
        let scheme = url.scheme() == "https" || (self.allow_private && url.scheme() == "http");
        // Addresses are not asked of the resolver, so it cannot refuse them.
        let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        scheme && url.host_str().is_some() && (self.allow_private || literal.is_none_or(is_public))
    }

    /// Posts JSON. Answers the status and the body.
    pub async fn post(&self, url: Url, body: Vec<u8>) -> Result<(u16, Vec<u8>), OutgoingError> {
        if !self.may_ask(&url) {
            return Err(OutgoingError::Refused);
        }
        let request = self.client()?.post(url).header("content-type", "application/json").body(body);
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok((status, read(response).await?))
    }

    fn client(&self) -> Result<Client, OutgoingError> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let builder = Client::builder()
            .timeout(PATIENCE)
            .redirect(Policy::none())
            .no_proxy()
            .user_agent(concat!("Trellis/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Resolver { allow_private: self.allow_private }));
        let client = builder.build()?;
        Ok(self.client.get_or_init(|| client).clone())
    }
}

async fn read(response: Response) -> Result<Vec<u8>, OutgoingError> {
    let mut body = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        if body.len() + chunk.len() > MAXIMUM_ANSWER {
            return Err(OutgoingError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Finds the addresses of a name, and forgets those that are not public. What is asked is what was
/// looked at: a name cannot lead elsewhere a moment later.
struct Resolver {
    allow_private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.filter(|address| allow_private || is_public(address.ip())).collect();
            if found.is_empty() {
                return Err(OutgoingError::Refused.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        // Of providers, of protocols, of benchmarks, and those that are kept for later.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        // An address of the older kind in another dress.
        (0, 0) if (c, d, e, f) == (0, 0, 0, 0xffff) || ((c, d, e, f) == (0, 0, 0, 0) && (g, h) > (0, 1)) => v4(g, h),
        (0x64, 0xff9b) if (c, d, e, f) == (0, 0, 0, 0) => v4(g, h),
        (0x2002, _) => v4(b, c),
        (0x2001, 0xdb8) => false,
        // Only what begins with 001 is given out.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::{Outgoing, is_public};

    #[test]
    fn only_public_addresses_are_asked() {
        for address in ["1.1.1.1", "9.9.9.9", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"]
        {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "::",
            "::1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2002:a00:1::",
        ] {
            assert!(!is_public(address.parse().expect("an address")), "{address}");
        }
    }

    #[test]
    fn an_address_needs_tls_and_no_private_number() {
        let may = |allow, url: &str| Outgoing::new(allow).may_ask(&url.parse().expect("a URL"));
        assert!(may(false, "https://push.example.org/_matrix/push/v1/notify"));
        for url in
            ["http://push.example.org/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "ftp://x/"]
        {
            assert!(!may(false, url), "{url}");
        }
        assert!(may(true, "http://127.0.0.1:8080/"));
    }
}
