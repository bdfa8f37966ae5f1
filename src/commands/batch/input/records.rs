//! The records of an input, which a thread of its own reads.

use std::io::Read;
use std::thread;

use tokio::sync::mpsc::{self, Receiver};

use super::no_records;
use super::reader::Reader;
use crate::commands::batch::record::InputRecord;
use crate::error::{Error, ExitCode};

/// The records that are read before they are wanted.
const AHEAD: usize = 64;

/// The records of an input.
pub struct Records(Receiver<Result<InputRecord, Error>>);

impl Records {
    /// Starts to read.
    pub(super) fn read<R: Read + Send + 'static>(mut reader: Reader<R>, digest: Option<[u8; 32]>) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let thread = thread::Builder::new().spawn(move || {
            let mut is_empty = true;
            while let Some(record) = reader.next() {
                is_empty = false;
                let is_last = record.is_err();
                // The receiver is gone if the run has ended.
                if sender.blocking_send(record.map(|parsed| parsed.record)).is_err() || is_last {
                    return;
                }
            }
            if is_empty {
                let _ = sender.blocking_send(Err(no_records("the input")));
            } else if digest.is_some_and(|digest| digest != reader.finish().0) {
                let error = Error::new(ExitCode::Failure, "the input has changed since it was checked");
                let _ = sender.blocking_send(Err(error));
            }
        });
        match thread {
            Ok(_) => Self(receiver),
            Err(error) => Self::failed(Error::new(ExitCode::Failure, "cannot read the input").cause(error.to_string())),
        }
    }

    /// Returns this error in place of records.
    pub(super) fn failed(error: Error) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        // There is space for one.
        let _ = sender.try_send(Err(error));
        Self(receiver)
    }

    /// Returns the next record; `None` at the end and after an error.
    pub async fn next(&mut self) -> Option<Result<InputRecord, Error>> {
        self.0.recv().await
    }
}
