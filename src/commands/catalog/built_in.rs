//! For maintainers: merges AWS's lists into the built-in files, so that their diff shows what AWS changed.

use std::fs;
use std::path::Path;

use crate::error::{Error, ExitCode};
use bedrock_ask::model::catalog::facts::Facts;
use bedrock_ask::model::date::Date;
use bedrock_ask::model::listing::Listing;
use bedrock_ask::model::region::Region;

/// Merges the lists of one day into the built-in files, unless these are newer.
pub fn merge(folder: &Path, listings: &[Listing], as_of: Date, today: Date) -> Result<(), Error> {
    // A listing without a model is a fault: a Region does not lose every model.
    if let Some(empty) = listings.iter().find(|listing| listing.models.is_empty()) {
        let what = format!("AWS lists no model in {}; the built-in catalog is left as it is", empty.region);
        return Err(Error::new(ExitCode::Failure, what));
    }
    if listings.is_empty() {
        return Ok(());
    }
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).map_err(|error| Error::unreadable(&format!("`{}`", path.display()), &error))
    };
    let (models, destinations) = (read("foundation_models.txt")?, read("destinations.txt")?);
    let mut facts = Facts::read(&models, &destinations).map_err(|error| {
        Error::usage(format!("the built-in catalog in `{}` is out of form", folder.display())).cause(error.to_string())
    })?;
    let before = facts.head.first().and_then(|line| Date::parse(line.strip_prefix("# as of ")?));
    // The files hold what is known beside lists that are not of today.
    if as_of != today && before.is_some_and(|before| before >= as_of) {
        return Ok(());
    }
    facts.merge(listings, as_of);
    let (models, destinations) = facts.write();
    let partition = |region: &str| Region::named(region).map_or("aws", |region| region.partition);
    let prefixes = facts.prefixes(&read("prefixes.txt")?, as_of, partition);
    for (name, text) in
        [("foundation_models.txt", models), ("destinations.txt", destinations), ("prefixes.txt", prefixes)]
    {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| {
            Error::new(ExitCode::Failure, format!("cannot write `{}`", path.display())).cause(error.to_string())
        })?;
    }
    Ok(())
}
