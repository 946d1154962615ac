package seed

import (
	"strings"
)

// mailbox checks a person's calendar and mail.
func (c *checker) mailbox(user place, u User, k known) {
	for i, e := range u.Events {
		at := user.item("events", i)
		if e.Length <= 0 {
			c.add(at.field("length"), "%s is not positive; give one such as 30m", e.Length)
		}
		if e.Start.IsZero() {
			c.add(at.field("start"), "is empty; give a time such as 2026-03-02T09:00:00Z")
		}
		for j, id := range e.Attendees {
			if !k.users[id] {
				c.add(at.item("attendees", j), "%q is no user of the tenant", id)
			}
		}
	}
	for i, m := range u.Messages {
		if !isAddress(m.From) {
			c.add(user.item("messages", i).field("from"), "%q is not a mail address", m.From)
		}
	}
}

// drive checks the files of one OneDrive, where names differ in more than case.
func (c *checker) drive(user place, files []File) {
	taken, folders := map[string]bool{}, map[string]bool{}
	for i, f := range files {
		at, name := user.item("files", i).field("path"), strings.ToLower(f.Path)
		if fault := filePath(f.Path); fault != "" {
			c.add(at, "%q %s", f.Path, fault)
			continue
		}
		if taken[name] || folders[name] {
			c.add(at, "%q is there already, as a file or a folder; make it unique", f.Path)
		}
		taken[name] = true
		for up := parent(name); up != ""; up = parent(up) {
			if taken[up] {
				c.add(at, "%q lies below %q, which is a file", f.Path, up)
			}
			folders[up] = true
		}
	}
}

func parent(path string) string {
	up := strings.LastIndexByte(path, '/')
	if up < 0 {
		return ""
	}
	return path[:up]
}

// filePath says what is wrong with a path, or nothing. The forbidden characters
// are OneDrive's (Microsoft, "Restrictions and limitations in OneDrive and
// SharePoint").
func filePath(path string) string {
	if path == "" || strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") {
		return "is not a path from the root; give one such as Reports/2026.txt"
	}
	if strings.ContainsAny(path, "\"*:<>?\\|") {
		return "has a character that OneDrive refuses: one of \" * : < > ? \\ |"
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." || segment != strings.TrimSpace(segment) {
			return "has a name that is empty, a dot, or begins or ends with a space"
		}
	}
	return ""
}
