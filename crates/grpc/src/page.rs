//! Pages of lists: how many are wanted, and from where on (AIP-158).

use crate::fault::{Fault, Reason};
use crate::token::Seal;

/// What is given where nothing is said.
const USUAL: i32 = 50;
/// What is given at most.
const MOST: i32 = 500;

/// A page that is asked for.
pub(crate) struct Page<'a> {
    seal: &'a Seal,
    purpose: Vec<&'a str>,
    /// The most that are wanted, 1 to 500.
    pub(crate) size: usize,
    /// How many elements of the list come before it.
    pub(crate) from: usize,
}

impl<'a> Page<'a> {
    /// Reads what is asked for. `purpose` is the method and all that decides what is in the list.
    pub(crate) fn read(seal: &'a Seal, purpose: &[&'a str], size: i32, token: &str) -> Result<Self, Fault> {
        let purpose = purpose.to_vec();
        let size = match size {
            0 => USUAL,
            1.. => size.min(MOST),
            _ => return Err(Fault::field("page_size", "0 to 500 is expected; 0 stands for 50")),
        };
        let place = if token.is_empty() { Some(0) } else { seal.place(&purpose, token) };
        let from = place.and_then(|place| usize::try_from(place).ok()).ok_or_else(|| {
            Fault::new(
                Reason::PageTokenInvalid,
                "this page token was not made for this list; begin with the first page",
            )
            .at("page_token", "the next_page_token of the same list, with the same parent and filter")
        })?;
        Ok(Self { seal, purpose, size: usize::try_from(size).unwrap_or(1), from })
    }

    /// The token of the page that begins after `taken` elements of a list of `all`; empty when that was the last.
    pub(crate) fn next(&self, taken: usize, all: usize) -> String {
        if taken >= all { String::new() } else { self.seal.token(&self.purpose, taken as u64) }
    }

    /// The elements of this page out of a whole list, and the token of the next page.
    pub(crate) fn cut<T>(&self, all: Vec<T>) -> (Vec<T>, String) {
        let count = all.len();
        let next = self.next(self.from.saturating_add(self.size), count);
        (all.into_iter().skip(self.from).take(self.size).collect(), next)
    }
}

#[cfg(test)]
mod tests {
    use super::Page;
    use crate::token::Seal;

    #[test]
    fn pages_together_are_the_list() {
        let seal = Seal::keyed(b"key");
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = Page::read(&seal, &["List"], 7, &token).expect("a page");
            let (part, next) = page.cut((0..40).collect());
            seen.extend(part);
            token = next;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, (0..40).collect::<Vec<_>>());
    }

    #[test]
    fn sizes_are_fitted_and_negative_ones_refused() {
        let seal = Seal::keyed(b"key");
        let size = |size| Page::read(&seal, &[], size, "").map(|page| page.size).ok();
        assert_eq!([size(0), size(1), size(500), size(501), size(i32::MAX)], [50, 1, 500, 500, 500].map(Some));
        assert_eq!([size(-1), size(i32::MIN)], [None, None]);
    }
}
