//! `auth_refresh`: the command that signs in again if credentials have expired. Only the user's own config file and
//! environment give it, which can name programs in any case (`credential_process`, `PATH`); no template does.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use tokio::process::Child;

use crate::aws::{API_KEY_VARIABLE, Aws};
use crate::commands::stdin;
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use crate::session::Session;
use crate::shell;
use crate::signals;
use bedrock_ask::model::region::Region;

/// The variables with credentials that come before AWS's files.
const KEYS: [&str; 2] = [API_KEY_VARIABLE, "AWS_ACCESS_KEY_ID"];

/// How long a signal that ended the command may take to end this process, and the reverse.
const GRACE: Duration = Duration::from_secs(1);

/// Signs in again, at most once.
#[derive(Debug, Default)]
pub struct AuthRefresh {
    /// The error after which the command ran.
    first: Option<Error>,
}

impl AuthRefresh {
    /// Runs the command after this error, and connects with the credentials that it leaves.
    ///
    /// # Errors
    /// This error if there is no command, it cannot be run here, or it fails; the first error if it ran before.
    pub async fn connect(
        &mut self,
        error: Error,
        session: &Session,
        region: Option<Region>,
        output: &mut Output,
    ) -> Result<Aws, Error> {
        if let Some(first) = self.first.take() {
            return Err(first.cause("`auth_refresh` was run, and the credentials are still expired"));
        }
        let context = &session.context;
        let (Some(command), Some(region)) = (context.settings.auth_refresh.value.as_deref(), region) else {
            return Err(error);
        };
        if !output.shows_questions() || context.environment.is_ci() {
            return Err(error);
        }
        let key = KEYS.into_iter().find(|name| context.environment.has(name));
        if let Some(variable) = key.filter(|_| !context.profile_is_explicit()) {
            return Err(error.cause(format!(
                "`auth_refresh` was not run: the credentials come from `{variable}`, which no command can change"
            )));
        }
        output.stop_spinner();
        output.note(&format!("the credentials have expired; running `auth_refresh`: {command}"));
        if let Err(why) = run(command, context, output).await {
            return Err(error.cause(format!("`auth_refresh` failed: {why}")));
        }
        self.first = Some(error);
        Ok(session.reconnect(region, output).await?.with_deadline())
    }
}

/// Runs the command to its end; it ends with this process.
async fn run(command: &str, context: &Context, output: &Output) -> Result<(), String> {
    let mut shell = shell::command(&shell::without_fork(command));
    // What is piped in belongs to the prompt, and stdout to the response.
    shell.stdin(if stdin::is_terminal() { Stdio::inherit() } else { Stdio::null() });
    shell.stdout(output.stderr_of_child()).stderr(output.stderr_of_child()).kill_on_drop(true);
    if let Some(profile) = &context.settings.profile.value {
        shell.env("AWS_PROFILE", profile);
    }
    let (child, _ends_with_process) = signals::spawn(&mut shell).map_err(|error| error.to_string())?;
    let mut running = Running(child);
    let status = running.0.wait().await.map_err(|error| error.to_string())?;
    if status.success() {
        return Ok(());
    }
    // Ctrl-C ends the command and this process, whichever is first.
    if status.code().is_none_or(|code| !(0..=128).contains(&code)) {
        tokio::time::sleep(GRACE).await;
    }
    Err(status.to_string())
}

/// A command that is killed if it is dropped and does not end within [`GRACE`].
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        const INTERVAL: Duration = Duration::from_millis(10);

        // The signal of the terminal that ends the prompt ends the command too, which may have to reset the terminal.
        let until = Instant::now() + GRACE;
        while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < until {
            thread::sleep(INTERVAL);
        }
    }
}
