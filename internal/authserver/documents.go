package authserver

import (
	"container/list"
	"context"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/internal/fault"
	"gatehouse/internal/tenants"
)

// What documents of strangers may cost.
const (
	documentPatience = 5 * time.Second
	documentAgain    = 10 * time.Second // least time after a failure
	shortestLife     = 5 * time.Minute
	usualLife        = time.Hour // of a document that does not say
	longestLife      = 24 * time.Hour
	mostDocuments    = 1000 // kept, for all organizations
	mostOfOne        = 100  // kept that one organization asked for
	mostFetches      = 16   // at a time, for all organizations; twice as many with those of listed software
	mostFetchesOfOne = 4
)

// lane is who documents are fetched for. Those of software that an organization lists
// have room of their own, which nobody fills who names other hosts.
type lane struct {
	org    tenants.ID
	listed bool
}

// documents fetches clients' metadata documents and keeps them for a while. What
// strangers have one organization ask for leaves room for the others. It may be
// used concurrently.
type documents struct {
	doer    Doer
	now     func() time.Time
	what    string // is fetched, as people are told
	read    func(url string, body []byte) (document, error)
	flights singleflight.Group

	mu      sync.Mutex
	held    map[string]*list.Element // of *answer, by URL
	order   *list.List               // the last used first
	share   map[lane]int             // how many of them an organization asked for
	flying  map[lane]int
	fetches int
}

// answer is what came of one fetch.
type answer struct {
	url   string
	lane  lane // that asked
	doc   document
	err   error
	asked time.Time
	until time.Time
}

func newDocuments(doer Doer, now func() time.Time) *documents {
	return &documents{
		doer: doer, now: now, what: "client document", read: readDocument, order: list.New(),
		held: map[string]*list.Element{}, share: map[lane]int{}, flying: map[lane]int{},
	}
}

// renew asks again for what was last asked for that long ago. What there is stays good
// for everybody meanwhile, and where its host does not answer now.
func (d *documents) renew(ctx context.Context, l lane, url string, age time.Duration) error {
	done := d.flights.DoChan("again\x00"+url, func() (any, error) {
		if !d.isDue(url, age) {
			return struct{}{}, nil
		}
		if err := d.enter(l); err != nil {
			return struct{}{}, err
		}
		defer d.leave(l)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), documentPatience)
		defer cancel()
		if a := d.fetch(ctx, url); a.err == nil || fault.KindOf(a.err) == fault.Invalid {
			a.lane = l
			d.keep(a)
		}
		return struct{}{}, nil
	})
	select {
	case r := <-done:
		return r.Err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// isDue reports whether what there is was last asked for that long ago, and notes that
// it is asked for now.
func (d *documents) isDue(url string, age time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, there := d.held[url]
	if !there {
		return false
	}
	a, _ := e.Value.(*answer)
	if a.err != nil || d.now().Before(a.asked.Add(age)) {
		return false
	}
	a.asked = d.now()
	return true
}

// get returns the document at a URL, which is fetched by one caller for all. A
// failure is told again for ten seconds; nobody else is asked then. That there is no
// room for the one who happened to ask is told to nobody else, who tries for themselves.
func (d *documents) get(ctx context.Context, l lane, url string) (document, error) {
	a, err := d.join(ctx, l, url, url)
	if err == nil && a.lane != l && fault.KindOf(a.err) == fault.Limited {
		a, err = d.join(ctx, l, url, url+"\x00"+l.org.String())
	}
	if err != nil {
		return document{}, err
	}
	return a.doc, a.err
}

// join returns what is kept, or waits for the one who fetches it under a key.
func (d *documents) join(ctx context.Context, l lane, url, key string) (*answer, error) {
	if a := d.find(url); a != nil {
		return a, nil
	}
	done := d.flights.DoChan(key, func() (any, error) {
		if a := d.find(url); a != nil {
			return a, nil
		}
		if err := d.enter(l); err != nil {
			return &answer{url: url, lane: l, err: err}, nil
		}
		defer d.leave(l)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), documentPatience)
		defer cancel()
		a := d.fetch(ctx, url)
		a.lane = l
		d.keep(a)
		return a, nil
	})
	select {
	case r := <-done:
		a, _ := r.Val.(*answer)
		return a, r.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// find returns what came of the last fetch, if that still counts.
func (d *documents) find(url string) *answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, there := d.held[url]
	if !there {
		return nil
	}
	a, _ := e.Value.(*answer)
	if !d.now().Before(a.until) {
		return nil
	}
	d.order.MoveToFront(e)
	return a
}

// keep remembers an answer in place of the last one. The one that has not been used
// for longest makes room, first among those of the same organization.
func (d *documents) keep(a *answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e, there := d.held[a.url]; there {
		d.drop(e)
	}
	for e := d.order.Back(); d.share[a.lane] >= mostOfOne; {
		before := e.Prev()
		if old, _ := e.Value.(*answer); old.lane == a.lane {
			d.drop(e)
		}
		e = before
	}
	if d.order.Len() >= mostDocuments {
		d.drop(d.order.Back())
	}
	d.held[a.url] = d.order.PushFront(a)
	d.share[a.lane]++
}

func (d *documents) drop(e *list.Element) {
	a, _ := d.order.Remove(e).(*answer)
	delete(d.held, a.url)
	if d.share[a.lane]--; d.share[a.lane] == 0 {
		delete(d.share, a.lane)
	}
}

// enter takes one of the fetches that may happen at a time.
func (d *documents) enter(l lane) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	most := mostFetches
	if l.listed {
		most *= 2
	}
	if d.fetches >= most || d.flying[l] >= mostFetchesOfOne {
		return fault.New(fault.Limited, "too many client documents are being fetched; try again shortly").RetryAfter(documentPatience)
	}
	d.fetches++
	d.flying[l]++
	return nil
}

func (d *documents) leave(l lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fetches--
	if d.flying[l]--; d.flying[l] == 0 {
		delete(d.flying, l)
	}
}

// fetch asks for a document.
func (d *documents) fetch(ctx context.Context, url string) *answer {
	asked := d.now()
	doc, life, err := d.ask(ctx, url)
	if err != nil {
		life = documentAgain
	}
	return &answer{url: url, doc: doc, err: err, asked: asked, until: asked.Add(life)}
}

func (d *documents) ask(ctx context.Context, url string) (document, time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return document{}, 0, broken(url, "it is no URL")
	}
	req.Header.Set("Accept", "application/json")
	resp, err := d.doer.Do(ctx, req)
	if err != nil {
		return document{}, 0, fault.Wrap(fault.Upstream, "the "+d.what+" cannot be had now: "+fault.Public(err)+"; try again, or tell whoever publishes it", err)
	}
	if resp.Status != http.StatusOK {
		return document{}, 0, fault.Newf(fault.Upstream, "the %s cannot be had now: %s answered with status %d instead of 200; try again, or tell whoever publishes it", d.what, req.URL.Host, resp.Status)
	}
	if !isJSON(resp.Header) {
		return document{}, 0, broken(url, "it is not declared as JSON in UTF-8, with Content-Type: application/json")
	}
	doc, err := d.read(url, resp.Body)
	return doc, lifeOf(resp.Header), err
}

// isJSON reports whether a reply is declared as JSON, or as something that is made
// of it (RFC 6839 §3.1).
func isJSON(h http.Header) bool {
	values := h.Values("Content-Type")
	if len(values) != 1 {
		return false
	}
	media, params, err := mime.ParseMediaType(values[0])
	charset, declared := params["charset"]
	return err == nil && (media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")) &&
		(!declared || strings.EqualFold(charset, "utf-8"))
}

// lifeOf returns for how long a document may be used, within our bounds.
func lifeOf(h http.Header) time.Duration {
	life := usualLife
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return shortestLife
		case "max-age":
			if seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				life = time.Duration(seconds) * time.Second
			}
		}
	}
	return min(max(life, shortestLife), longestLife)
}
