//! A disk that is soon full: a small file system in memory that only programs started on it can see.
//!
//! It lives in a mount namespace of its own, made by `unshare` and entered by `nsenter` (util-linux), so that neither
//! root nor anything left behind is needed. The kernel must let users make namespaces, as Linux does unless forbidden.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A small disk; it is gone when this is dropped.
pub struct SmallDisk {
    /// Keeps the namespace alive until its input ends.
    keeper: Child,
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts one of so many octets over a folder that is there.
    pub fn mount(folder: &Path, octets: u64) -> Self {
        let script = format!(
            "mount -t tmpfs -o size={octets},mode=700 small \"$0\" && echo mounted && exec cat >/dev/null"
        );
        let mut keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare, of util-linux");
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().expect("its output"))
            .read_line(&mut said)
            .expect("a line");
        assert_eq!(
            said, "mounted\n",
            "a namespace of one's own must be allowed (user.max_user_namespaces, apparmor)"
        );
        Self {
            keeper,
            folder: folder.to_owned(),
        }
    }

    /// The same command, started where the disk is seen.
    pub fn on(&self, command: &Command) -> Command {
        let mut inside = self.enter();
        if let Some(folder) = command.get_current_dir() {
            inside.arg(format!("--wd={}", folder.display()));
        }
        inside
            .arg("--")
            .arg(command.get_program())
            .args(command.get_args());
        inside.env_clear();
        inside.envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        inside
    }

    /// Where a file of the disk is for those who do not see the disk.
    pub fn path(&self, below: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        let folder = self.folder.strip_prefix("/").expect("a whole path");
        root.join(folder).join(below)
    }

    /// Leaves only so many octets of it free.
    pub fn fill(&self, leaving: u64) {
        self.free();
        let disk = rustix::fs::statvfs(self.path("")).expect("a disk");
        let octets = (disk.f_bavail * disk.f_frsize).saturating_sub(leaving);
        let mut ballast = File::create(self.path("ballast")).expect("a file");
        let block = vec![0xa5; octets as usize];
        ballast.write_all(&block).expect("room for ballast");
    }

    /// Frees what was filled.
    pub fn free(&self) {
        let _ = std::fs::remove_file(self.path("ballast"));
    }

    /// Makes it read-only, or writable again.
    pub fn read_only(&self, is_so: bool) {
        let mode = if is_so { "remount,ro" } else { "remount,rw" };
        self.mount_with(&["-o", mode], "");
    }

    /// Makes one file of it read-only for as long as the disk is there.
    pub fn read_only_file(&self, name: &str) {
        let file = self.folder.join(name).display().to_string();
        self.mount_with(&["--bind", &file], name);
        self.mount_with(&["-o", "remount,ro,bind"], name);
    }

    /// Makes such a file writable again.
    pub fn writable_file(&self, name: &str) {
        self.run(Command::new("umount").arg(self.folder.join(name)));
    }

    fn mount_with(&self, arguments: &[&str], name: &str) {
        let mut point = self.folder.clone();
        if !name.is_empty() {
            point.push(name);
        }
        self.run(Command::new("mount").args(arguments).arg(point));
    }

    fn run(&self, command: &mut Command) {
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let status = self.on(command).status().expect("nsenter, of util-linux");
        assert!(status.success(), "{command:?}");
    }

    fn enter(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={}", self.keeper.id())).args([
            "--user",
            "--preserve-credentials",
            "--mount",
        ]);
        command
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
