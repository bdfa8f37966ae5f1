//! The records of an input, which a thread of its own reads ahead, up to a number and a size.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use tokio::runtime::{self, Runtime};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::RecordFault;
use super::ids::Ids;
use super::no_records;
use super::reader::{Parsed, Reader};
use crate::commands::batch::record::{InputRecord, RecordContent};
use crate::error::{Error, ExitCode};

/// The most records that are read before they are wanted.
const AHEAD: usize = 64;

/// The most bytes of them, if it is more than one.
const BYTES_AHEAD: u32 = 1024 * 1024;

/// The records after which the thread looks whether the file has changed.
const CHECK_EVERY: u64 = 256;

pub struct Records {
    receiver: Receiver<Queued>,
}

/// What the thread has read, and its part of the bytes that may be read ahead.
type Queued = (Result<InputRecord, Error>, Option<OwnedSemaphorePermit>);

/// A file as it was when it was checked.
pub struct CheckedFile {
    pub file: File,
    pub version: FileVersion,
    /// The SHA-256 digest of its bytes.
    pub digest: [u8; 32],
}

/// What changes with a file: its length and the time of its last change.
type FileVersion = (u64, Option<SystemTime>);

pub fn version_of(file: &File) -> io::Result<FileVersion> {
    file.metadata().map(|metadata| (metadata.len(), metadata.modified().ok()))
}

impl Records {
    /// Starts to read what is checked as it is read, behind the record that was read already.
    pub(super) fn read_once<R: Read + Send + 'static>(reader: Reader<R>, first: Option<Parsed>) -> Self {
        Self::spawn(move |queue| read_once(reader, first, queue))
    }

    /// Starts to read a file that was checked, which must be what it was.
    pub(super) fn read_again<R: Read + Send + 'static>(reader: Reader<R>, file: CheckedFile) -> Self {
        Self::spawn(move |queue| read_again(reader, &file, queue))
    }

    fn spawn(read: impl FnOnce(&Queue) -> Result<(), Error> + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let thread = thread::Builder::new().spawn(move || {
            // Built in the thread: dropped where other tasks run, a runtime panics.
            let runtime = runtime::Builder::new_current_thread().build().map_err(|error| cannot_read(&error));
            let space = Arc::new(Semaphore::new(BYTES_AHEAD as usize));
            let queue = |runtime| Queue { sender: sender.clone(), space, runtime };
            if let Err(error) = runtime.and_then(|runtime| read(&queue(runtime))) {
                // If the receiver was dropped, nothing more is read.
                let _ = sender.blocking_send((Err(error), None));
            }
        });
        match thread {
            Ok(_) => Self { receiver },
            Err(error) => Self::failed(cannot_read(&error)),
        }
    }

    /// Returns this error in place of records.
    pub(super) fn failed(error: Error) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        // There is space for one.
        let _ = sender.try_send((Err(error), None));
        Self { receiver }
    }

    /// Returns the next record; `None` at the end and after an error.
    pub async fn next(&mut self) -> Option<Result<InputRecord, Error>> {
        self.receiver.recv().await.map(|(next, _)| next)
    }
}

/// Where the thread puts what it has read.
struct Queue {
    sender: Sender<Queued>,
    /// The bytes that may still be read ahead.
    space: Arc<Semaphore>,
    /// Lets the thread wait for space.
    runtime: Runtime,
}

impl Queue {
    /// Sends a record or an error; returns `false` if the receiver was dropped.
    fn send(&self, next: Result<InputRecord, Error>) -> bool {
        // What is larger than all of the space waits until it is empty.
        let size = u32::try_from(size(&next)).unwrap_or(u32::MAX).min(BYTES_AHEAD);
        let permit = self.runtime.block_on(Arc::clone(&self.space).acquire_many_owned(size)).ok();
        self.sender.blocking_send((next, permit)).is_ok()
    }
}

fn size(next: &Result<InputRecord, Error>) -> usize {
    match next {
        Ok(InputRecord { content: RecordContent::Prompt { text, system, .. }, .. }) => {
            text.len() + system.as_ref().map_or(0, String::len)
        }
        Ok(InputRecord { content: RecordContent::ModelInput { body, .. }, .. }) => body.len(),
        Err(_) => 0,
    }
}

fn read_once<R: Read>(reader: Reader<R>, first: Option<Parsed>, queue: &Queue) -> Result<(), Error> {
    let name = reader.name.clone();
    let mut ids = Ids::default();
    let mut is_empty = true;
    for read in first.map(Ok).into_iter().chain(reader) {
        is_empty = false;
        let checked = read.and_then(|parsed| ids.add_new(&parsed).map(|()| parsed));
        let Parsed { record, .. } = checked.map_err(|fault| fault.into_error(&name))?;
        if !queue.send(Ok(record)) {
            return Ok(());
        }
    }
    if is_empty { Err(no_records(&name)) } else { Ok(()) }
}

fn read_again<R: Read>(mut reader: Reader<R>, file: &CheckedFile, queue: &Queue) -> Result<(), Error> {
    while let Some(read) = reader.next() {
        let Parsed { record, .. } = read.map_err(|fault| changed(&reader.name, Some(fault)))?;
        if record.index.is_multiple_of(CHECK_EVERY) && version_of(&file.file).ok() != Some(file.version) {
            return Err(changed(&reader.name, None));
        }
        if !queue.send(Ok(record)) {
            return Ok(());
        }
    }
    let name = reader.name.clone();
    if reader.finish().0 == file.digest { Ok(()) } else { Err(changed(&name, None)) }
}

fn cannot_read(error: &io::Error) -> Error {
    Error::new(ExitCode::Failure, "cannot read the input").cause(error.to_string())
}

fn changed(name: &str, fault: Option<RecordFault>) -> Error {
    Error::new(ExitCode::Failure, format!("{name} has changed since it was checked"))
        .causes(fault.map(|fault| format!("line {}: {}", fault.line, fault.error.message.summary)))
}
