//! The database: what cannot be used is left alone and named, a full disk loses nothing, and one process works at a time.

use crate::harness::{BINARY, Dice, Process, Said, Workplace, assert_says, number};
use crate::journey::Journey;
use crate::portfolio::csv;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

/// A folder with a database that holds the whole portfolio.
fn imported() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    workplace
}

/// Asserts that no command uses the database `name`, each saying `parts`, and that its bytes stay.
#[track_caller]
fn check_refused(workplace: &Workplace, name: &str, parts: &[&str]) {
    let before = std::fs::read(workplace.path(name)).ok();
    for command in [["status"].as_slice(), &["import", "portfolio.csv"], &["approve", "--all"], &["report"]] {
        let sentence = workplace.run(&[command, &["--database", name]].concat()).refuses(1);
        assert_says(&sentence, parts);
        assert_says(&sentence, &[name, "--database"]);
    }
    assert_eq!(std::fs::read(workplace.path(name)).ok(), before, "{name} was touched");
}

#[test]
fn what_is_no_database_is_left_alone() {
    let workplace = imported();
    workplace.write(
        "text.db",
        "Dear diary, this is no database, and it is longer than a header of one hundred bytes.\n".repeat(3),
    );
    check_refused(&workplace, "text.db", &["is not a database"]);
    std::fs::create_dir(workplace.path("folder.db")).expect("a folder");
    check_refused(&workplace, "folder.db", &["could not be opened"]);
    let sentence = workplace.run(&["import", "portfolio.csv", "--database", "none/carryover.db"]).refuses(1);
    assert_says(&sentence, &["none does not exist", "make it"]);
    let mut cut_off = workplace.bytes("carryover.db");
    cut_off.truncate(5_000);
    workplace.write("cut.db", cut_off);
    check_refused(&workplace, "cut.db", &["cut.db"]);
}

#[test]
fn a_database_of_another_program_or_a_newer_one_is_left_alone() {
    let workplace = imported();
    // SQLite's header holds the application's mark at byte 68 and the number of the schema at byte 60.
    let altered = |at: usize, value: u32| {
        let mut bytes = workplace.bytes("carryover.db");
        bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
        bytes
    };
    workplace.write("other.db", altered(68, 0x4d50_4247));
    check_refused(&workplace, "other.db", &["is a database of another program"]);
    workplace.write("newer.db", altered(60, 99));
    check_refused(&workplace, "newer.db", &["newer version of Carryover", "99"]);
}

/// Whether this user may do everything, so that what others may not has to be tried as one of them.
fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Runs the program with `args` as a user who is not root.
fn as_nobody(workplace: &Workplace, args: &[&str]) -> Said {
    if !is_root() {
        return workplace.run(args);
    }
    let mut nobody = Command::new("setpriv");
    nobody.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", BINARY]);
    Said::of(workplace.wrapped(nobody, args).output().expect("setpriv"))
}

#[test]
fn a_folder_that_may_only_be_read_is_named() {
    let workplace = imported();
    let set = |name: &str, mode| {
        std::fs::set_permissions(workplace.path(name), PermissionsExt::from_mode(mode)).expect("set");
    };
    std::fs::create_dir(workplace.path("locked")).expect("a folder");
    for name in ["locked/carryover.db", "locked/own.db"] {
        std::fs::copy(workplace.path("carryover.db"), workplace.path(name)).expect("copied");
    }
    set(".", 0o755);
    set("locked/carryover.db", 0o444);
    if is_root() {
        // Whose file it is may write it, and no other one beside it.
        std::os::unix::fs::chown(workplace.path("locked/own.db"), Some(65_534), None).expect("given away");
    }
    set("locked", 0o555);
    for name in ["locked/carryover.db", "locked/own.db"] {
        for args in [["status"].as_slice(), &["run", "--until-idle"], &["import", "portfolio.csv"]] {
            let sentence = as_nobody(&workplace, &[args, &["--database", name]].concat()).refuses(1);
            assert_says(&sentence, &[name]);
        }
    }
    let sentence = as_nobody(&workplace, &["import", "portfolio.csv", "--database", "locked/fresh.db"]).refuses(1);
    assert_says(&sentence, &["locked/fresh.db"]);
    set("locked", 0o755);
    set("locked/carryover.db", 0o644);
    let status = workplace.run(&["status", "--database", "locked/carryover.db", "--format", "json"]).json();
    assert_eq!(number(&status["summary"]["lines"]), 13);
}

/// A file system of its own, as small as that, which goes with this.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// At `name`; none where this user may not mount one.
    fn mount(workplace: &Workplace, name: &str, size: &str) -> Option<Self> {
        let path = workplace.path(name);
        std::fs::create_dir(&path).expect("a folder");
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(&path).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(Self(path))
    }

    /// Fills it, but for `left` bytes.
    fn fill(&self, left: usize) {
        let path = self.0.join("filler");
        let mut filler = std::fs::File::create(&path).expect("a file");
        let mut filled = 0;
        while let Ok(written @ 1..) = filler.write(&[1; 4_096]) {
            filled += written;
        }
        filler.set_len(filled.saturating_sub(left) as u64).expect("it is made shorter");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_file_system_that_is_full_is_said_and_what_was_confirmed_is_kept() {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    let Some(disk) = SmallDisk::mount(&workplace, "small", "1m") else {
        println!("SKIPPED: this user may not mount a small disk; a limit for files stands in for it in other tests");
        return;
    };
    let at = |args: &[&str]| workplace.run(&[args, &["--database", "small/carryover.db"]].concat());
    at(&["import", "portfolio.csv"]).ends(0);
    let (mut confirmed, mut full) = (8, 0);
    for left in (0..40).map(|step| step * 4_096) {
        disk.fill(left);
        let word = if confirmed / 8 % 2 == 1 { "pause" } else { "resume" };
        let said = at(&[word, "--all"]);
        if said.code == Some(0) {
            confirmed += 8;
            continue;
        }
        full += 1;
        let sentence = said.refuses(1);
        assert_says(&sentence, &["the disk"]);
        // Customers that came before the one for whom there was no room are done.
        std::fs::remove_file(workplace.path("small/filler")).expect("it is there");
        let verified = at(&["verify", "--format", "json"]).ends(0).json();
        assert!(number(&verified["events"]) >= confirmed, "{verified}");
        at(&[word, "--all"]).ends(0);
        confirmed += 8;
    }
    println!("it was full {full} times of 40");
    assert!(full >= 3, "it was full {full} times only");
    let verified = at(&["verify", "--format", "json"]).ends(0).json();
    assert_eq!(number(&verified["events"]), confirmed);
}

/// `args` where no file may grow beyond some blocks, as if the disk were full by then.
fn on_a_full_disk(workplace: &Workplace, blocks: u64, args: &[&str]) -> Said {
    let mut shell = Command::new("/bin/sh");
    // Without the trap the signal would end the process before the system call could say why.
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""), BINARY]);
    Said::of(workplace.wrapped(shell, args).output().expect("a shell"))
}

#[test]
fn a_disk_that_fills_up_again_and_again_loses_nothing() {
    let mut journey = Journey::begin(&[]);
    let mut dice = Dice::new(4);
    let (mut full, mut through) = (0, 0);
    journey.finish(|journey| {
        // From the size of the memory that SQLite shares, below which nothing opens, to what a short run needs.
        let blocks = 64 + dice.below(192);
        let said = on_a_full_disk(&journey.workplace, blocks, &["run", "--until-idle"]);
        if said.code == Some(1) {
            full += 1;
            assert_says(&said.refuses(1), &["nothing is lost", "disk"]);
        } else {
            through += 1;
            assert!(matches!(said.code, Some(0 | 3)), "{said:?}");
        }
        journey.work()
    });
    println!("the disk was full in {full} runs and not in {through}");
    assert!(full >= 5, "the disk was full in {full} runs only");
    journey.assert_promises_kept();
}

#[test]
fn an_import_onto_a_full_disk_can_be_repeated() {
    let workplace = Workplace::new();
    workplace.write("portfolio.csv", csv());
    workplace.make_database();
    let mut full = 0;
    for blocks in [0, 1, 32, 64, 68, 80] {
        let said = on_a_full_disk(&workplace, blocks, &["import", "portfolio.csv"]);
        if said.code == Some(1) {
            full += 1;
            assert_says(&said.refuses(1), &["disk"]);
        }
    }
    assert!(full >= 3, "the disk was full in {full} imports only");
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    let summary = &workplace.status()["summary"];
    assert_eq!((number(&summary["customers"]), number(&summary["lines"])), (8, 13));
}

#[test]
fn a_second_worker_is_told_who_works() {
    let journey = Journey::begin(&[]);
    let workplace = &journey.workplace;
    let mut command = workplace.command(&["run"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the work starts");
    let mut first = Process(child);
    let mut line = String::new();
    let mut stderr = BufReader::new(first.0.stderr.take().expect("its stderr"));
    stderr.read_line(&mut line).expect("it says that it works");
    assert_says(&line, &["working", "nothing is lost"]);

    let pid = first.0.id().to_string();
    for args in [["run"].as_slice(), &["run", "--until-idle"]] {
        let sentence = workplace.run(args).refuses(1);
        assert_says(&sentence, &["another carryover works on this database already", &format!("process {pid}")]);
    }
    // Everything else goes on beside it.
    workplace.run(&["import", "portfolio.csv"]).ends(0);
    workplace.run(&["pause", "ash.example"]).ends(0);
    assert_eq!(number(&workplace.status()["summary"]["customers"]), 8);

    let interrupted = Command::new("/bin/sh").args(["-c", &format!("kill -INT {pid}")]).status().expect("a shell");
    assert!(interrupted.success());
    assert_eq!(first.0.wait().expect("it ends").code(), Some(3), "it ends in order, and says that somebody has to act");
    journey.work();
}
