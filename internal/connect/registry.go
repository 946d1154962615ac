package connect

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/fault"
	"gatehouse/internal/text"
)

// The registry API v0.1 (modelcontextprotocol/registry v1.8.7,
// docs/reference/api/openapi.yaml): one server for each endpoint, in one version.
// Visual Studio Code reads the list by pages of 50 with version=latest, and by name
// the latest version (microsoft/vscode, mcpGalleryManifestService.ts, 2026).
const (
	serverSchema = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"

	defaultPage = 30
	mostOnPage  = 100

	longestTitle     = 100 // characters, also of a description
	longestNamespace = 100 // bytes
	longestQuery     = 200 // bytes of what is searched for, or of a cursor
)

type serverList struct {
	Servers  []serverEntry `json:"servers"`
	Metadata listMetadata  `json:"metadata"`
}

type listMetadata struct {
	NextCursor string `json:"nextCursor,omitempty"`
	Count      int    `json:"count"`
}

type serverEntry struct {
	Server server       `json:"server"`
	Meta   registryMeta `json:"_meta"`
}

type server struct {
	Schema      string   `json:"$schema"`
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Version     string   `json:"version"`
	WebsiteURL  string   `json:"websiteUrl"`
	Remotes     []remote `json:"remotes"`
}

type remote struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type registryMeta struct {
	Official registryInfo `json:"io.modelcontextprotocol.registry/official"`
}

type registryInfo struct {
	Status string `json:"status"`
	Latest bool   `json:"isLatest"`
}

// errNoServer is the answer to a name or a version that is not there.
var errNoServer = fault.New(fault.NotFound, "server not found")

// listServers serves the list of an organization's endpoints, by pages.
func (s *Server) listServers(w http.ResponseWriter, r *http.Request) {
	snap, err := s.organization(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	q, err := questionOf(r.URL.Query())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	found := []serverEntry{}
	for _, e := range s.endpoints(snap) {
		if entry := s.entry(e); q.wants(entry.Server) {
			found = append(found, entry)
		}
	}
	list := serverList{Servers: found[:min(len(found), q.limit)]}
	list.Metadata.Count = len(list.Servers)
	if len(found) > q.limit {
		list.Metadata.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(found[q.limit-1].Server.Name))
	}
	s.publish(w, r, list)
}

// getServer serves all versions of one server, or one of them: name is followed by
// /versions, and that by a version. A name holds a slash, encoded or not.
func (s *Server) getServer(w http.ResponseWriter, r *http.Request) {
	snap, err := s.organization(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	name, version, one := cutVersion(r.PathValue("name"))
	for _, e := range s.endpoints(snap) {
		entry := s.entry(e)
		switch {
		case entry.Server.Name != name:
		case !one:
			s.publish(w, r, serverList{Servers: []serverEntry{entry}, Metadata: listMetadata{Count: 1}})
			return
		case version == "latest" || version == entry.Server.Version:
			s.publish(w, r, entry)
			return
		}
	}
	s.refuse(w, r, errNoServer)
}

// cutVersion takes a path apart. one reports whether it names a version; a path of
// another form has no name.
func cutVersion(path string) (name, version string, one bool) {
	if name, ok := strings.CutSuffix(path, "/versions"); ok {
		return name, "", false
	}
	at := strings.LastIndex(path, "/versions/")
	if at < 0 {
		return "", "", false
	}
	return path[:at], path[at+len("/versions/"):], true
}

// question is what a list is to hold. When servers changed nobody is told, so
// updated_since leaves none out.
type question struct {
	after   string // the name before the page
	search  string // in lower case
	version string
	limit   int
}

func questionOf(q url.Values) (question, error) {
	asked := question{search: strings.ToLower(q.Get("search")), version: q.Get("version"), limit: defaultPage}
	if len(asked.search) > longestQuery || len(q.Get("cursor")) > longestQuery*2 {
		return asked, fault.New(fault.Invalid, "search and cursor: too long")
	}
	if wanted := q.Get("limit"); wanted != "" {
		limit, err := strconv.Atoi(wanted)
		if err != nil || limit < 1 {
			return asked, fault.New(fault.Invalid, "limit: a number from 1 to 100 is wanted")
		}
		asked.limit = min(limit, mostOnPage)
	}
	after, err := base64.RawURLEncoding.DecodeString(q.Get("cursor"))
	if err != nil {
		return asked, fault.New(fault.Invalid, "cursor: send it as it was received")
	}
	asked.after = string(after)
	return asked, nil
}

// wants reports whether a server is among those that were asked for.
func (q question) wants(s server) bool {
	return s.Name > q.after && strings.Contains(strings.ToLower(s.Name), q.search) &&
		(q.version == "" || q.version == "latest" || q.version == s.Version)
}

// entry is an endpoint as registries describe it.
func (s *Server) entry(e endpoint) serverEntry {
	title := e.title()
	return serverEntry{
		Server: server{
			Schema: serverSchema, Name: s.namespace + "/" + e.id, Title: shortened(title, ""), Description: shortened(title, ", signed in to with Microsoft"),
			Version: s.Version, WebsiteURL: e.URL, Remotes: []remote{{"streamable-http", e.URL}},
		},
		Meta: registryMeta{registryInfo{Status: "active", Latest: true}},
	}
}

// shortened is a text with an end that stays, in as many characters as a title or a
// description may have.
func shortened(s, end string) string {
	most := longestTitle - utf8.RuneCountInString(end)
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(text.Cut(s, 4*most))[:most-1]) + "…"
	}
	return s + end
}

// namespaceOf is a deployment's host with its labels the other way around, as names
// of servers begin. An address stays as it is, but for characters that names do not
// have.
func namespaceOf(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if net.ParseIP(host) == nil {
		labels := strings.Split(host, ".")
		slices.Reverse(labels)
		host = strings.Join(labels, ".")
	}
	host = strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' {
			return r
		}
		return '-'
	}, host)
	return host[:min(len(host), longestNamespace)]
}
