//! Files of worked cases: which cases a file holds, and what is given and expected in each. Judges no value.

use super::given::Given;
use anyhow::{Context, bail};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::path::Path;

/// The cases of one file.
pub(super) struct Book {
    vectors: Vec<Value>,
}

impl Book {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).context("the file cannot be read")?;
        let whole: Value = serde_json::from_str(&text).context("the file is no JSON")?;
        let Value::Object(mut fields) = whole else { bail!("the file holds no object with a list `vectors`") };
        match fields.remove("vectors") {
            Some(Value::Array(vectors)) => Ok(Self { vectors }),
            _ => bail!("the file has no list `vectors`"),
        }
    }

    pub(super) fn cases(&self) -> impl Iterator<Item = Case<'_>> {
        (1..).zip(&self.vectors).flat_map(|(position, vector)| cases_of(vector, position))
    }
}

/// One case, or what stands in its place: whether it can be read is told when it is asked.
pub(super) struct Case<'a> {
    /// What it is called in a line of output: id, number and kind.
    pub(super) name: String,
    vector: &'a Value,
    /// Its place in the lists of cases, from 0; none in a vector without them.
    place: Option<usize>,
}

/// The cases of a vector, at least one. Where more cases are given than expected, or the other way round, each that lacks
/// its other half is a case too.
fn cases_of(vector: &Value, position: usize) -> Vec<Case<'_>> {
    let id = vector["id"].as_str().map_or_else(|| format!("vector {position}"), str::to_owned);
    let kind = vector["kind"].as_str().map_or_else(String::new, |kind| format!(" ({kind})"));
    let length = |half: &str| vector[half]["cases"].as_array().map(Vec::len);
    match (length("given"), length("expect")) {
        (None, None) => vec![Case { name: format!("{id}{kind}"), vector, place: None }],
        (given, expected) => {
            let cases = given.max(expected).unwrap_or(1).max(1);
            let case = |place| Case { name: format!("{id} case {}{kind}", place + 1), vector, place: Some(place) };
            (0..cases).map(case).collect()
        }
    }
}

impl<'a> Case<'a> {
    pub(super) fn kind(&self) -> anyhow::Result<&'a str> {
        self.vector["kind"].as_str().context("kind is no text")
    }

    pub(super) fn given(&self) -> anyhow::Result<Given<'a>> {
        let whole = self.vector["given"].as_object().context("given is no object")?;
        match self.place {
            None => Ok(Given::flat(whole)),
            Some(place) => Ok(Given::case(whole, self.nth("given", place)?)),
        }
    }

    /// The fields that the answer has to have. Those beside the list of cases hold for every case.
    pub(super) fn expected(&self) -> anyhow::Result<Cow<'a, Map<String, Value>>> {
        let whole = self.vector["expect"].as_object().context("expect is no object")?;
        let Some(place) = self.place else { return Ok(Cow::Borrowed(whole)) };
        let case = self.nth("expect", place)?.as_object().context("what is expected is no object")?;
        let mut fields = whole.clone();
        fields.remove("cases");
        fields.extend(case.clone());
        Ok(Cow::Owned(fields))
    }

    fn nth(&self, half: &str, place: usize) -> anyhow::Result<&'a Value> {
        let cases = self.vector[half]["cases"].as_array().with_context(|| format!("{half} has no list of cases"))?;
        cases.get(place).with_context(|| format!("{half} has {} cases, and this is one more", cases.len()))
    }
}
