//! Asks AWS what it lists for source Regions, several at once. What becomes of the answers is the caller's affair.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::aws::{self, Aws};
use crate::commands::context::Context;
use crate::commands::explanation::explain_without_resolution;
use crate::error::{Error, ExitCode};
use crate::model::listing::Listing;
use crate::model::region::Region;
use crate::output::Output;

/// How many Regions are asked at once: enough that their number hardly shows, few enough for one machine's connections.
const AT_ONCE: usize = 32;

/// How long one list of one Region may take where the user sets no limit.
const LONGEST: Duration = Duration::from_secs(30);

/// What came of asking one Region.
pub struct Discovery {
    /// The source Region.
    pub region: Region,
    /// Its lists, or why there are none.
    pub listing: Result<Listing, Error>,
}

/// Asks every one of these Regions; one that fails does not stop the others. The answers are in the Regions' order.
///
/// # Errors
/// Where nothing can be asked at all.
pub fn discover(regions: &[Region], context: &Context<'_>, output: &mut Output) -> Result<Vec<Discovery>, Error> {
    let Some(first) = regions.first() else { return Ok(Vec::new()) };
    let mut options = context.options(*first, output)?;
    options.timeouts.total.get_or_insert(LONGEST);
    let answers = aws::run(async {
        let aws = Aws::new(options).await;
        aws.notes().iter().for_each(|note| output.note(note));
        list_all(&aws, regions, output).await
    });
    let cannot_start = |error: std::io::Error| Error::new(ExitCode::Failure, "cannot start").cause(error.to_string());
    let mut answers = answers.map_err(cannot_start)??;
    answers.sort_by_key(|(index, _)| *index);
    let explained = answers.into_iter().map(|(index, answer)| {
        let region = regions[index];
        Discovery {
            region,
            listing: answer.map_err(|failure| explain_without_resolution(&failure, None, region, context).error),
        }
    });
    Ok(explained.collect())
}

type Answer = (usize, Result<Listing, Box<crate::model::failure::Failure>>);

async fn list_all(aws: &Aws, regions: &[Region], output: &mut Output) -> Result<Vec<Answer>, Error> {
    let mut waiting = regions.iter().enumerate();
    let (mut asking, mut answers) = (JoinSet::new(), Vec::with_capacity(regions.len()));
    loop {
        while asking.len() < AT_ONCE
            && let Some((index, region)) = waiting.next()
        {
            let bedrock = aws.in_region(*region).bedrock()?;
            asking.spawn(async move { (index, bedrock.list().await) });
        }
        output.progress("asking AWS", answers.len(), regions.len());
        match asking.join_next().await {
            Some(Ok(answer)) => answers.push(answer),
            // A task ends with its answer: nothing here aborts one.
            Some(Err(_)) => {}
            None => return Ok(answers),
        }
    }
}
