use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

/// A user of this machine who owns nothing here.
pub const NOBODY: u32 = 65_534;

/// Does something as another user of a group and no other: in a thread that has become that user. Needs root.
pub fn as_user<T: Send>(uid: u32, gid: u32, act: impl FnOnce() -> T + Send) -> T {
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(gid));
    let become_it = || {
        set_thread_groups(&[]).unwrap();
        set_thread_res_gid(group, group, group).unwrap();
        set_thread_res_uid(user, user, user).unwrap();
        act()
    };
    std::thread::scope(|scope| scope.spawn(become_it).join().unwrap())
}
