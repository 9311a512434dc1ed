package archive

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// owners finds the numbers of owners and groups by their names, since a new
// machine may have given a name another number. A name that it does not know
// keeps the number of the archive.
type owners struct{ users, groups map[string]int }

func (o *owners) of(it Item) (uid, gid int, err error) {
	if o.users == nil {
		o.users, o.groups = map[string]int{}, map[string]int{}
	}
	uid = number(o.users, it.User, it.UID, func(name string) (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	})
	gid = number(o.groups, it.Group, it.GID, func(name string) (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	})
	if me := os.Geteuid(); me != 0 && me != uid {
		return 0, 0, fmt.Errorf("%s belongs to user %d, and only root can give it to them: run as root, or set keep_owner: false", it.Path, uid)
	}
	return uid, gid, nil
}

func number(known map[string]int, name string, fallback int, lookup func(string) (string, error)) int {
	if name == "" {
		return fallback
	}
	if n, ok := known[name]; ok {
		return n
	}
	n := fallback
	if text, err := lookup(name); err == nil {
		if found, err := strconv.Atoi(text); err == nil {
			n = found
		}
	}
	known[name] = n
	return n
}

// has reports whether a file belongs to whom the item will belong. It is asked
// when of has put this machine's numbers into the item.
func (o *owners) has(info fs.FileInfo, it Item) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(stat.Uid) == it.UID && int(stat.Gid) == it.GID
}
