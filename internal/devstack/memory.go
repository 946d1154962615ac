//go:build unix

package devstack

import "syscall"

// memoryDir is a file system in memory, on Linux. A cluster is some three hundred
// files for each database; to make and remove them there costs a third of what it
// costs on a disk.
const memoryDir = "/dev/shm"

// memoryRoom is what has to be free there: several servers with the largest
// databases of the tests fit, and in containers with the usual 64 MB none starts.
const memoryRoom = 2 << 30 // bytes

// volatileDir returns where files may lie that nobody misses after a crash: in
// memory if that has room, otherwise in the temporary directory.
func volatileDir(memory string, room uint64, a account) (string, error) {
	if reachable(memory, a) && free(memory) >= room {
		return memory, nil
	}
	return tempDir(a)
}

// free returns how many bytes of the file system at dir are free, 0 if that cannot
// be told.
func free(dir string) uint64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize) //nolint:gosec // a size of blocks; its type differs between systems
}
