package msgraph

import (
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/emulator/keyring"
	"gatehouse/internal/emulator/odata"
)

// bookmark is what a $skiptoken holds: whose list of which request goes on, and
// where.
type bookmark struct {
	Caller, Path, Query string
	Keys                []string // of the last entry shown
	Skip                int      // how many entries have been shown
}

// caller is whom a continuation belongs to.
func (v *visit) caller() string {
	if v.who != nil {
		return v.who.ID
	}
	return v.tenant.ID + " " + v.client
}

// ticket seals where a request goes on that asks for the options.
func (v *visit) ticket(mark bookmark, options url.Values) (string, error) {
	mark.Caller, mark.Path, mark.Query = v.caller(), v.r.URL.Path, keyring.Digest(options.Encode())
	return v.s.sealer.Seal("page", mark)
}

// marked opens a $skiptoken. It works for the caller and the request it was made
// for, as Graph's links do.
func (v *visit) marked(given odata.Options) (bookmark, bool) {
	var mark bookmark
	opened := v.s.sealer.Open("page", given.Get("$skiptoken"), &mark)
	asked := keyring.Digest(given.Without("$skiptoken").Encode())
	return mark, opened && mark.Caller == v.caller() && mark.Path == v.r.URL.Path && mark.Query == asked
}

// address is where a page with the options is.
func (v *visit) address(options url.Values) string {
	return v.s.url + v.r.URL.EscapedPath() + "?" + options.Encode()
}

// mark takes the $skiptoken of a list of directory objects. The refusal's text is
// from memory.
func (v *visit) mark(q *query, _ *collection) *problem {
	if !q.given.Has("$skiptoken") {
		return nil
	}
	mark, ok := v.marked(q.given)
	if !ok || len(mark.Keys) != len(q.order)+1 {
		return badRequest("The skiptoken is invalid.")
	}
	q.after = &mark
	return nil
}

// next is the address of the following page, spelled as the directory does.
func (v *visit) next(given odata.Options, keys []string) (string, error) {
	options := given.Without("$skiptoken")
	token, err := v.ticket(bookmark{Keys: keys}, options)
	if err != nil {
		return "", err
	}
	options.Set("$skiptoken", token)
	return strings.ReplaceAll(v.address(options), "%24", "$"), nil
}

// onward drops what earlier pages have shown. all is in order.
func (q *query) onward(v *visit, all []record) []record {
	if q.after == nil {
		return all
	}
	at, _ := slices.BinarySearchFunc(all, q.after.Keys, func(r record, keys []string) int {
		if q.compare(q.keys(v, r), keys) <= 0 {
			return -1
		}
		return 1
	})
	return all[at:]
}
