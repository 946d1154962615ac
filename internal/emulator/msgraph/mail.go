package msgraph

import (
	"net/http"
	"slices"
	"strings"

	"gatehouse/internal/emulator/directory"
)

// mail is the workload of the pages user-list-messages, message-get and
// user-list-mailfolders.
var mail = &workload{
	own:    []string{"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"},
	apps:   []string{"Mail.ReadBasic", "Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite"},
	refuse: outlookError, denied: outlookDenied, nobody: outlookNobody, lacks: noMailbox,
}

// readsBodies tells a token that may see more than basic properties.
func (v *visit) readsBodies() bool { return v.may("Mail.Read", "Mail.ReadWrite") }

// messages lists what is in the mailbox or in one of its folders, the latest
// first. All seeded mail is in the inbox.
func messages(v *visit, owner *directory.Person) {
	q, prefer, bad := v.outlookQuery(messageKind)
	if bad != nil {
		outlookError(v, bad)
		return
	}
	all, bad := inFolder(v, owner, prefer)
	if bad == nil && q.search != "" {
		all, bad = v.searched(all, q.search)
	}
	if bad != nil {
		outlookError(v, bad)
		return
	}
	v.page(q, messagesOf(v, owner), all)
}

func message(v *visit, owner *directory.Person) {
	q, prefer, bad := v.outlookQuery(messageOnly)
	if bad != nil {
		outlookError(v, bad)
		return
	}
	all, bad := inFolder(v, owner, prefer)
	if bad != nil {
		outlookError(v, bad)
		return
	}
	one, bad := found(all, v.r.PathValue("id"))
	if bad != nil {
		outlookError(v, bad)
		return
	}
	v.single(q, messagesOf(v, owner), one)
}

// messagesOf is what a context says of the collection.
func messagesOf(v *visit, owner *directory.Person) string {
	if folder := v.r.PathValue("folder"); folder != "" {
		return within(owner, "mailFolders('"+folder+"')/messages")
	}
	return within(owner, "messages")
}

// searched keeps what a $search matches. It reads bodies, so a token for basic
// properties cannot do it: the emulator's conclusion, no page says so.
func (v *visit) searched(all []item, text string) ([]item, *problem) {
	if !v.readsBodies() {
		return nil, outlookDenied
	}
	terms, bad := kqlTerms(text)
	if bad != nil {
		return nil, bad
	}
	return slices.DeleteFunc(all, func(i item) bool {
		return slices.ContainsFunc(terms, func(t kqlTerm) bool { return !t.matches(i.keys) })
	}), nil
}

// inFolder are the messages of the folder in the address; no folder is all.
func inFolder(v *visit, owner *directory.Person, prefer preferences) ([]item, *problem) {
	name := v.r.PathValue("folder")
	if name == "" {
		return messageItems(v, owner, prefer), nil
	}
	folder, bad := folderNamed(v, owner, name)
	if bad != nil || folder.id != folderID(v, owner, inbox) {
		return nil, bad
	}
	return messageItems(v, owner, prefer), nil
}

// inbox is the place of the inbox among folders.
const inbox = 4

// folders are the ones a mailbox comes with, by display and well-known name.
var folders = []struct{ display, known string }{
	{"Archive", "archive"},
	{"Conversation History", "conversationhistory"},
	{"Deleted Items", "deleteditems"},
	{"Drafts", "drafts"},
	{"Inbox", "inbox"},
	{"Junk Email", "junkemail"},
	{"Outbox", "outbox"},
	{"Sent Items", "sentitems"},
}

func folderID(v *visit, owner *directory.Person, n int) string {
	return outlookID(v, owner, "mail folder", n)
}

func mailFolders(v *visit, owner *directory.Person) {
	q, bad := v.query(folderKind)
	if bad != nil {
		outlookError(v, bad)
		return
	}
	v.page(q, within(owner, "mailFolders"), folderItems(v, owner))
}

func mailFolder(v *visit, owner *directory.Person) {
	q, bad := v.query(folderOnly)
	if bad != nil {
		outlookError(v, bad)
		return
	}
	one, bad := folderNamed(v, owner, v.r.PathValue("folder"))
	if bad != nil {
		outlookError(v, bad)
		return
	}
	v.single(q, within(owner, "mailFolders"), one)
}

// folderNamed finds a folder by id or well-known name.
func folderNamed(v *visit, owner *directory.Person, name string) (item, *problem) {
	all := folderItems(v, owner)
	for n, folder := range folders {
		if strings.EqualFold(folder.known, name) {
			return all[n], nil
		}
	}
	return found(all, name)
}

var (
	folderProperties = []string{"id", "displayName", "parentFolderId", "childFolderCount", "unreadItemCount", "totalItemCount", "isHidden"}
	folderKind       = &itemKind{
		name: "mailFolder", page: outlookPage, max: outlookMax, unsupported: outlookUnsupported, unpaired: true,
		options:    []string{"$top", "$skip", "$select", "$filter", "$count"},
		compared:   map[string]edm{"displayName": edmString, "isHidden": edmBool},
		properties: folderProperties,
	}
	folderOnly = &itemKind{name: "mailFolder", unsupported: outlookUnsupported, options: []string{"$select"}, properties: folderProperties}
)

func folderItems(v *visit, owner *directory.Person) []item {
	var out []item
	for n, folder := range folders {
		total, unread := 0, 0
		if n == inbox {
			for _, m := range owner.Messages {
				total++
				if !m.Read {
					unread++
				}
			}
		}
		id := folderID(v, owner, n)
		out = append(out, item{
			id: id, keys: map[string]any{"displayName": folder.display, "isHidden": false},
			shown: map[string]any{
				"id": id, "displayName": folder.display, "parentFolderId": folderID(v, owner, len(folders)), "childFolderCount": 0,
				"unreadItemCount": unread, "totalItemCount": total, "isHidden": false,
			},
		})
	}
	return out
}

// badSearch refuses a $search.
func badSearch(text string) *problem {
	return &problem{http.StatusBadRequest, "BadRequest", "Syntax error in $search: the emulator does not follow '" + text + "'."}
}
