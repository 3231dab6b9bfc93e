//! Files on their way to a server, in pieces. A file that cannot be read to its end breaks the upload off, and nothing of it is
//! taken over.

use crate::cli::ImportArgs;
use crate::place::Refused;
use carryover_api::v1;
use carryover_domain::program::SourceProgram;
use carryover_ports::StoreError;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;

/// Bytes of one piece.
const PIECE: usize = 256 << 10;

/// The messages that bring the files of `wish`.
pub(super) fn messages(
    wish: &ImportArgs,
    request_id: String,
) -> Result<impl Iterator<Item = v1::ImportPortfolioRequest> + Send + 'static, Refused> {
    let ImportArgs { files, tenant, domain, name, country, partner, program } = wish;
    let text = |id: &Option<_>| id.as_ref().map(ToString::to_string).unwrap_or_default();
    let options = v1::ImportOptions {
        tenant_id: text(tenant),
        domain: domain.clone().unwrap_or_default(),
        display_name: name.clone().unwrap_or_default(),
        country_code: country.map(|country| country.to_string()).unwrap_or_default(),
        program: program.map(SourceProgram::word).unwrap_or_default().to_owned(),
        partner_tenant_id: text(partner),
    };
    let parent = "partners/-".to_owned();
    let first = v1::ImportPortfolioRequest { parent, options: Some(options), request_id, ..Default::default() };
    let mut open = VecDeque::new();
    for path in files {
        let cannot = |error: std::io::Error| StoreError::Unreadable { detail: format!("{}: {error}", path.display()) };
        open.push_back((path.display().to_string(), File::open(path).map_err(cannot)?));
    }
    Ok(std::iter::once(first).chain(Pieces { open, is_over: false }))
}

/// What is left to send: files, and the word that all of them were sent.
struct Pieces {
    /// Each with its name, which is gone once its first piece was sent.
    open: VecDeque<(String, File)>,
    is_over: bool,
}

impl Iterator for Pieces {
    type Item = v1::ImportPortfolioRequest;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let Some((name, file)) = self.open.front_mut() else {
            self.is_over = true;
            return Some(v1::ImportPortfolioRequest { complete: true, ..Default::default() });
        };
        let mut data = Vec::new();
        match file.take(PIECE as u64).read_to_end(&mut data) {
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "a file cannot be read to its end");
                self.is_over = true;
                return None;
            }
        }
        let file_name = std::mem::take(name);
        if data.len() < PIECE {
            self.open.pop_front();
        }
        let chunk = Some(v1::FileChunk { file_name, data });
        Some(v1::ImportPortfolioRequest { chunk, ..Default::default() })
    }
}
