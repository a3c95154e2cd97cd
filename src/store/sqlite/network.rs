//! Refuses file systems on which `SQLite`'s locks do not hold.

use std::path::Path;

/// Returns the name of the network file system a folder is on, if it is on one.
#[cfg(target_os = "linux")]
pub(super) fn network_file_system(folder: &Path) -> Option<&'static str> {
    let magic = rustix::fs::statfs(folder).ok()?.f_type as u32;
    if magic == FUSE {
        // the number does not tell what is behind it; the table of mounts does
        let folder = folder.canonicalize().ok()?;
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
        let kind = mount_type(&mounts, &folder)?;
        return (!LOCAL_FUSE.contains(&kind)).then_some("FUSE (sshfs or alike)");
    }
    NETWORK
        .iter()
        .find_map(|(number, name)| (*number == magic).then_some(*name))
}

/// Returns the name of the network file system a folder is on, if it is on one: not known on this platform.
#[cfg(not(target_os = "linux"))]
pub(super) fn network_file_system(_folder: &Path) -> Option<&'static str> {
    None
}

/// `FUSE_SUPER_MAGIC` of statfs(2).
#[cfg(target_os = "linux")]
const FUSE: u32 = 0x6573_5546;

/// FUSE file systems on a local disk.
#[cfg(target_os = "linux")]
const LOCAL_FUSE: [&str; 4] = ["fuseblk", "fuse.fuse-overlayfs", "fuse.gocryptfs", "fuse.encfs"];

/// Numbers of statfs(2).
#[cfg(target_os = "linux")]
const NETWORK: [(u32, &str); 11] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x0102_1997, "9p"),
    (0x00c3_6400, "Ceph"),
    (0x7375_7245, "Coda"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x0bd0_0bd0, "Lustre"),
    (0x564c, "NCP"),
];

/// Finds the type of the file system a folder is on in the text of `/proc/self/mountinfo` (proc(5)).
#[cfg(target_os = "linux")]
fn mount_type<'m>(mounts: &'m str, folder: &Path) -> Option<&'m str> {
    mounts
        .lines()
        .filter_map(|line| {
            let (mount, system) = line.split_once(" - ")?;
            let point = mount.split(' ').nth(4)?.replace("\\040", " ");
            folder
                .starts_with(&point)
                .then_some((point.len(), system.split(' ').next()?))
        })
        // of mounts over each other the last counts
        .max_by_key(|(length, _)| *length)
        .map(|(_, system)| system)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_counts() {
        let mounts = "22 1 254:0 / / rw - ext4 /dev/vda rw\n\
            40 22 0:35 / /home/ana rw,nosuid shared:5 - fuse.sshfs server:/ rw\n\
            41 22 0:36 / /home/an\\040a rw - fuseblk /dev/sdb rw\n";
        for (folder, kind) in [
            ("/home/ana/.local", "fuse.sshfs"),
            ("/home/anastasia", "ext4"),
            ("/home/an a/x", "fuseblk"),
        ] {
            assert_eq!(mount_type(mounts, Path::new(folder)), Some(kind));
        }
    }

    #[test]
    fn local_disks_are_accepted() {
        assert_eq!(network_file_system(&std::env::temp_dir()), None);
    }
}
