package msgraph

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// downloadFor is how long a download address works: an hour, says the resource
// type driveItem.
const downloadFor = time.Hour

// downloadPass is what a download address carries instead of a token.
type downloadPass struct {
	Tenant, Owner, Path string
	Until               time.Time
}

// download is an address anybody can fetch a file's content from for a while.
// With Microsoft it is SharePoint's; here it is on Graph's host.
func (t *tree) download(v *visit, n *node) (string, error) {
	pass, err := v.s.sealer.Seal("download", downloadPass{v.tenant.ID, t.owner.ID, n.path, v.s.now().Add(downloadFor)})
	if err != nil {
		return "", err
	}
	query := url.Values{"UniqueId": {strings.ToLower(t.idOf(n))}, "Translate": {"false"}, "tempauth": {pass}, "ApiVersion": {"2.0"}}
	return strings.TrimSuffix(t.web, "/Documents") + "/_layouts/15/download.aspx?" + query.Encode(), nil
}

// download serves a file to whoever has the address, whole or in ranges. A pass
// that is false or too old is refused with OneDrive's code for a caller it does
// not know.
func (s *Service) download(w http.ResponseWriter, r *http.Request) {
	var pass downloadPass
	if !s.sealer.Open("download", r.URL.Query().Get("tempauth"), &pass) || !s.now().Before(pass.Until) {
		s.writeError(w, r, &problem{http.StatusUnauthorized, "unauthenticated", "The caller is not authenticated."})
		return
	}
	v := &visit{s: s, w: w, r: r}
	tenant, ok := s.directory.World().Find(pass.Tenant)
	if ok {
		v.tenant = tenant
		if owner, known := tenant.People[pass.Owner]; known && !owner.Deleted {
			if n, found := newTree(v, owner).at(pass.Path); found && !n.folder {
				w.Header().Set("Content-Type", mimeType(n.name))
				http.ServeContent(w, r, n.name, n.modified, strings.NewReader(n.content))
				return
			}
		}
	}
	v.refuse(noItem)
}
