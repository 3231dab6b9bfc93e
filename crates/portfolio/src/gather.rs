//! What files other than portfolio files have said, until all files are read; then customers and lines out of it.

use crate::elsewhere::Elsewhere;
use crate::fact::{CustomerFact, Fact, Place, SkuFact};
use crate::given::Given;
use crate::join::{self, Group};
use crate::problem::Problem;
use crate::reader::{Book, Import, Told};
use carryover_domain::ids::{LineId, TenantId};
use carryover_domain::portfolio::{Customer, SourceLine};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What has been said and waits for the end of the reading.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) facts: Vec<Fact>,
    pub(crate) skus: Vec<SkuFact>,
    pub(crate) customers: BTreeMap<TenantId, CustomerFact>,
    /// Subscriptions that are in new commerce with us already, or that another tool brings there.
    pub(crate) elsewhere: Elsewhere,
    /// What was known of tenants before this import.
    pub(crate) known: BTreeMap<TenantId, (Customer, Vec<SourceLine>)>,
}

impl Gathered {
    /// Notes what a file says of a customer; what came first stands.
    pub(crate) fn customer(&mut self, tenant: TenantId, said: CustomerFact) {
        let known = self.customers.entry(tenant).or_insert(CustomerFact { domain: None, name: None });
        known.domain = known.domain.take().or(said.domain);
        known.name = known.name.take().or(said.name);
    }

    /// The tenants about which something was said.
    pub(crate) fn tenants(&self) -> BTreeSet<TenantId> {
        let facts = self.facts.iter().map(|fact| fact.tenant).chain(self.skus.iter().map(|fact| fact.tenant));
        facts.chain(self.elsewhere.tenants()).collect()
    }

    /// Makes customers and lines of all that was said.
    pub(crate) fn settle(self, given: &Given, book: &mut Book, import: &mut Import) {
        let tenants = self.tenants();
        let Self { facts, skus, customers, elsewhere, mut known } = self;
        let mut before: BTreeMap<LineId, SourceLine> = BTreeMap::new();
        for tenant in tenants {
            if let Some((customer, lines)) = known.remove(&tenant) {
                before.extend(lines.iter().map(|line| (line.id, line.clone())));
                recall(customer, lines, book, import);
            }
        }
        let told = elsewhere.tenants().filter(|tenant| book.tenants.contains_key(tenant));
        let mut by_tenant: BTreeMap<TenantId, Vec<Fact>> = told.map(|tenant| (tenant, Vec::new())).collect();
        for fact in facts {
            by_tenant.entry(fact.tenant).or_default().push(fact);
        }
        for (tenant, said) in &customers {
            if let (Some(place), Some(name)) = (book.tenants.get(tenant), &said.name) {
                let told = &mut book.told[*place];
                let from = told.first.clone();
                told.name.get_or_insert_with(|| (name.clone(), from));
            }
        }
        for (tenant, facts) in by_tenant {
            let known = book.tenants.get(&tenant).copied();
            let place = known.map_or_else(|| new_customer(tenant, &customers, given, &facts, book, import), Ok);
            match place {
                Ok(place) => settle_tenant(tenant, place, facts, given, (&elsewhere, &before), import),
                Err((column, expected)) => {
                    for fact in facts {
                        let problem = fact.place.problem(Some(column), "", expected);
                        import.set_aside(&fact, problem);
                    }
                }
            }
        }
        for fact in skus {
            let place = book.tenants.get(&fact.tenant).copied();
            let lines = place.map(|place| &mut import.customers[place].1[..]).unwrap_or_default();
            import.notes.extend(join::pool(lines, &fact, given.at));
        }
    }
}

/// Adds what was known before of a tenant to what portfolio files say of it now: records of other files then add to
/// these lines, and what was wished for them stays.
fn recall(customer: Customer, lines: Vec<SourceLine>, book: &mut Book, import: &mut Import) {
    let place = *book.tenants.entry(customer.tenant).or_insert_with(|| {
        book.told.push(Told { first: Place { file: "the database".into(), line: 0 }, name: None });
        import.customers.push((customer, Vec::new()));
        import.customers.len() - 1
    });
    let told = &mut import.customers[place].1;
    let ids: BTreeSet<LineId> = told.iter().map(|line| line.id).collect();
    told.extend(lines.into_iter().filter(|line| !ids.contains(&line.id)));
}

/// The place of a customer that no portfolio file names.
fn new_customer(
    tenant: TenantId,
    customers: &BTreeMap<TenantId, CustomerFact>,
    given: &Given,
    facts: &[Fact],
    book: &mut Book,
    import: &mut Import,
) -> Result<usize, (&'static str, &'static str)> {
    let said = customers.get(&tenant);
    let mine = given.tenant == Some(tenant);
    let domain = given.domain.clone().filter(|_| mine).or_else(|| said.and_then(|said| said.domain.clone())).ok_or((
        "domain",
        "no file has a domain of this tenant: give --tenant with --domain, customers.csv of the batch migration tool, or \
         a portfolio file with a row of the tenant",
    ))?;
    let country = given.country.ok_or((
        "country",
        "no file has the country of this tenant: give --country, or a portfolio file with a row of the tenant",
    ))?;
    let name = given.name.clone().filter(|_| mine).or_else(|| said.and_then(|said| said.name.clone()));
    let name = name.unwrap_or_else(|| domain.clone());
    let first = facts.first().map_or_else(|| Place { file: "".into(), line: 0 }, |fact| fact.place.clone());
    let place = import.customers.len();
    book.tenants.insert(tenant, place);
    book.told.push(Told { first, name: None });
    import.customers.push((Customer { tenant, domain, name, country }, Vec::new()));
    Ok(place)
}

fn settle_tenant(
    tenant: TenantId,
    place: usize,
    facts: Vec<Fact>,
    given: &Given,
    (elsewhere, before): (&Elsewhere, &BTreeMap<LineId, SourceLine>),
    import: &mut Import,
) {
    let (groups, aside) = join::groups(&import.customers[place].1, facts);
    for (fact, problem) in aside {
        import.set_aside(&fact, problem);
    }
    let mut ids: BTreeSet<LineId> = import.customers[place].1.iter().map(|line| line.id).collect();
    let mut no_lines: BTreeSet<LineId> = BTreeSet::new();
    for group in groups {
        let lines = &mut import.customers[place].1;
        let typed = group.typed.map(|typed| &mut lines[typed]);
        if let Some(mut note) = join::is_information(tenant, typed.as_deref(), &group, elsewhere) {
            if let Some(line) = typed {
                // What the database has stays as it is there, for only people know how far its purchase is.
                if let Some(known) = before.get(&line.id) {
                    line.clone_from(known);
                    note += "; the database has it from before: pause the customer, unless its purchase has begun \
                             here";
                } else {
                    no_lines.insert(line.id);
                }
            }
            import.rows_good += group.facts.len() as u64;
            import.notes.push(note);
            continue;
        }
        if group.facts.is_empty() {
            continue;
        }
        // What the database has from before may have changed since; files of one import speak of the same day.
        let typed = typed.filter(|line| before.get(&line.id) != Some(&**line));
        import.notes.extend(join::other_seats(typed.as_deref(), &group.facts));
        match settle_group(tenant, place, &group, given, &mut ids, import) {
            Ok(id) => {
                import.rows_good += group.facts.len() as u64;
                for fact in group.facts {
                    join::keep(&mut import.extras, id, fact.kept);
                }
            }
            Err(problem) => {
                for fact in &group.facts {
                    let mut problem = problem.clone();
                    if problem.file != fact.place.file || problem.line != fact.place.line {
                        let Place { file, line } = fact.place.clone();
                        problem = Problem { file, line, column: None, value: String::new(), ..problem };
                    }
                    import.set_aside(fact, problem);
                }
            }
        }
    }
    import.customers[place].1.retain(|line| !no_lines.contains(&line.id));
}

fn settle_group(
    tenant: TenantId,
    place: usize,
    group: &Group,
    given: &Given,
    ids: &mut BTreeSet<LineId>,
    import: &mut Import,
) -> Result<LineId, Problem> {
    let lines = &mut import.customers[place].1;
    if let Some(typed) = group.typed {
        join::merge(&mut lines[typed], &group.facts, given.at);
        return Ok(lines[typed].id);
    }
    let program = join::program(&group.facts, given.program)?;
    let mut line = join::line(tenant, &group.facts, program, given.at)?;
    if !ids.insert(line.id) {
        let places: Vec<String> = group.facts.iter().map(|fact| fact.place.to_string()).collect();
        let origin = group.facts.first().map_or_else(|| Place { file: "".into(), line: 0 }, |fact| fact.place.clone());
        let expected = format!(
            "another record has the same program, licence and end, and neither has a subscription id; write both into a \
             portfolio file, each with its id, in place of {}",
            places.join(" and ")
        );
        return Err(origin.problem(None, "", expected));
    }
    join::merge(&mut line, &group.facts, given.at);
    let id = line.id;
    lines.push(line);
    Ok(id)
}

impl Import {
    /// Sets `fact` aside because of `problem`.
    pub(crate) fn set_aside(&mut self, fact: &Fact, problem: Problem) {
        self.rows_rejected += 1;
        if let Some(subscription) = &fact.subscription {
            join::keep(&mut self.extras, LineId::of(fact.tenant, subscription.as_str()), fact.kept.clone());
        }
        if let (Some(raw), Some(rejected)) =
            (&fact.raw, self.rejected.iter_mut().find(|rejected| Arc::ptr_eq(&rejected.file, &fact.place.file)))
        {
            rejected.add(fact.place.line, raw, std::slice::from_ref(&problem));
        }
        self.problems.push(problem);
    }
}
