//! Addresses: under the configured hosts only, whatever port and path prefix they have.

use url::Url;

/// `base` followed by `segments`, each escaped, so that an id can never climb out of its place.
pub(crate) fn at(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Settings admit http and https only, which always have a path.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// `url` with `parameters`.
pub(crate) fn with(mut url: Url, parameters: &[(&str, &str)]) -> Url {
    url.query_pairs_mut().extend_pairs(parameters);
    url
}

/// Where a Partner Center link leads: relative ones usually leave out `/v1` (fact sheet 4.1).
///
/// # Errors
/// The link, when it leads away from `base`.
pub(crate) fn follow(base: &Url, link: &str) -> Result<Url, String> {
    if link.contains("://") {
        return stay(base, link);
    }
    let rest = link.trim_start_matches('/');
    let version = if rest.starts_with("v1/") { "" } else { "v1/" };
    let prefix = base.as_str().trim_end_matches('/');
    stay(base, &format!("{prefix}/{version}{rest}"))
}

/// `link` as it is (fact sheet 21.1).
///
/// # Errors
/// The link, when it leads away from the host of `base`.
pub(crate) fn stay(base: &Url, link: &str) -> Result<Url, String> {
    match Url::parse(link) {
        Ok(url) if url.origin() == base.origin() && url.username().is_empty() => Ok(url),
        Ok(url) => Err(format!("it continues at another host, {}", url.host_str().unwrap_or("without a name"))),
        Err(_) => Err("its link to the next page is not an address".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("http://127.0.0.1:8080/pc/").unwrap()
    }

    #[test]
    fn an_id_cannot_climb_out_of_its_place() {
        let url = at(&base(), &["v1", "customers", "../../x?y=1#z", "carts"]);
        assert_eq!(url.as_str(), "http://127.0.0.1:8080/pc/v1/customers/..%2F..%2Fx%3Fy=1%23z/carts");
    }

    #[test]
    fn links_are_followed_at_home_only() {
        let at_home = [
            ("/customers?size=40", "http://127.0.0.1:8080/pc/v1/customers?size=40"),
            ("v1/orders", "http://127.0.0.1:8080/pc/v1/orders"),
            ("//elsewhere.example/x", "http://127.0.0.1:8080/pc/v1/elsewhere.example/x"),
        ];
        for (link, address) in at_home {
            assert_eq!(follow(&base(), link).unwrap().as_str(), address);
        }
        for abroad in ["https://elsewhere.example/x", "https://127.0.0.1:8080/x", "http://u@127.0.0.1:8080/"] {
            follow(&base(), abroad).unwrap_err();
        }
    }
}
