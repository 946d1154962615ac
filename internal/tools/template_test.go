package tools_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/tools"
)

func TestTemplatesMatchTheirExpansions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ template, fits, fitsNot string }{
		// RFC 6570 §3.2, levels 1 to 3
		{"x:{var}", "x:value x:Hello%20World%21 x: x:a-b.c_d~e x:a:b@c", "x:a/b x:a?b x:a#b x:a[b] y:a x"},
		{"x:{+var}", "x:value x:Hello%20World! x:/a/b?c=d&e#f x:", "y:/a"},
		{"x:{+path}/here", "x:/foo/bar/here x:/here x:/here/here", "x:here x:/here/"},
		{"x:X{#var}", "x:X#value x:X x:X#a/b?c", "x:Xvalue x:X/a"},
		{"x:map?{x,y}", "x:map?1024,768 x:map? x:map?1", "x:map x:map?1/2"},
		{"x:X{.x,y}", "x:X.1024.768 x:X x:X.1", "x:X1 x:X/1 x:X.a/b"},
		{"x:r{/var,x}/here", "x:r/value/1024/here x:r/here x:r/a/here", "x:rvalue/here x:r/a/there"},
		{"x:p{;x,y,empty}", "x:p;x=1024;y=768;empty x:p x:p;x", "x:px x:p/x"},
		{"x:p{?x,y,empty}", "x:p?x=1024&y=768&empty= x:p x:p?y=1&x=2", "x:p&x=1 x:p?a/b x:px"},
		{"x:p?fixed=yes{&x}", "x:p?fixed=yes&x=1024 x:p?fixed=yes", "x:p?x=1 x:p?fixed=no&x=1 x:p?fixed=yes?x=1"},
		{"x:{a}-{b}-{c}", "x:1-2-3 x:--  x:1-2-3-4-5", "x:1-2 x:1/2-3-4"},
		{"x:{a}{b}{c}", "x: x:abc", "x:a/b"},
		// as servers use level 4
		{"file:///{path*}", "file:///a/b/c file:///a", "file:///a?b"},
		{"x:{var:3}", "x:abc x:a", "x:a/b"},
		{"test://template/{id}/data", "test://template/123/data test://template//data", "test://template/1/2/data test://template/123 test://template/1/data/ TEST://template/1/data"},
		{"x:whole", "x:whole", "x:whole2 x:whol"},
		// what names something in another spelling is nothing
		{"x:{+p}", "x:a%2Fb x:a.b/..c/d..", "x:a%2fb x:%61 x:a%2E%2E x:a% x:a%4 x:a%GG x:a/../b x:a/./b x:../b x:a/.. x:a/..?q x:a%7E"},
		{"x:{+p}", "x:a%2F..b x:a%5Cb x:a//b x:a;..b x:a%C3%A9 x:a%250A", `x:a%2F..%2Fb x:a/..%2Fb x:a%5C..%5Cb x:a%2F.%2Fb x:..%2Fb x:a%2F.. x:a/%252E%252E/b x:a%252F..%252Fb
			x:a/..;v=1/b x:a%2F..%3Bv/b x:a%3F/../b x:a%00b x:a%2500b x:a%C0%AFb x:a%E9 x:a\b`},
	} {
		for _, uri := range strings.Fields(c.fits) {
			if !tools.Fits(c.template, uri) {
				t.Errorf("%s does not fit %s", uri, c.template)
			}
		}
		for _, uri := range strings.Fields(c.fitsNot) {
			if tools.Fits(c.template, uri) {
				t.Errorf("%s fits %s", uri, c.template)
			}
		}
	}
	if tools.Fits("x:{+a}", "x:"+strings.Repeat("a", 1023)) || !tools.Fits("x:{+a}", "x:"+strings.Repeat("a", 1022)) {
		t.Error("the length of a URI is not bounded")
	}
}

func TestTemplatesMatchInLinearTime(t *testing.T) {
	t.Parallel()
	start := time.Now()
	template, uri := "x:"+strings.Repeat("{+a}a{+b}", 8)+"b", "x:"+strings.Repeat("a", 1000)
	for range 300 {
		if tools.Fits(template, uri) {
			t.Fatal("it fits without its last letter")
		}
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("300 templates took %s", took)
	}
}

func TestWhatIsMoreParticularIsFoundFirst(t *testing.T) {
	t.Parallel()
	s := source()
	c := catalog(t, pin(t, s, tools.KindTemplate, `{"uriTemplate":"file:///{+path}","name":"a"}`), pin(t, s, tools.KindTemplate, `{"uriTemplate":"file:///secret/{id}","name":"b"}`),
		pin(t, s, tools.KindResource, `{"uri":"file:///secret/key","name":"c"}`))
	for uri, want := range map[string]string{
		"file:///secret/key": "resource:file:///secret/key", "file:///secret/x": "resource:file:///secret/{id}",
		"file:///public/x": "resource:file:///{+path}", "file:///secret/a/b": "resource:file:///{+path}",
	} {
		if at := c.Resource(uri); at < 0 || c.At(at).Name != want {
			t.Errorf("%s is found at %d, want %s", uri, at, want)
		}
	}
	for name, want := range map[string]string{
		"resource:file:///secret/key": "", "resource:file:///secret/x": "resource:file:///secret/{id}", "resource:db://x": "", "file:///secret/x": "",
		"resource:file:///{+path}": "", "resource:file:///public/..%2Fsecret": "",
	} {
		if got := c.Through(name); got != want {
			t.Errorf("%s is read through %q, want %q", name, got, want)
		}
	}
	for _, uri := range []string{"file:///secret/%6Bey", "file:///x/../secret/key", "file:///x/%2e%2e/secret/key", "file:///./secret/key"} {
		if at := c.Resource(uri); at != -1 {
			t.Errorf("%s is found as %s", uri, c.At(at).Name)
		}
	}
}

func TestBeginningOfATemplateIsWhatIsKnownOfIt(t *testing.T) {
	t.Parallel()
	s := source()
	for _, c := range []struct{ template, variable, given, want string }{
		{"db://{table}/{row}", "table", "public", "db://"},
		{"db://{table}/{row}", "row", "public", "db://public/"},
		{"db://{table}/{row}", "row", "", "db://"},
		{"db://{table}/{row}", "row", "a/b", "db://"},
		{"db://{table}/{row}", "row", "..", "db://"},
		{"db://{table}/{row}", "row", "%2e", "db://"},
		{"db://{table}/{row}", "row", "é", "db://"},
		{"db://{table}{?row}", "row", "public", "db://public"},
		{"db://{table,x}/{row}", "row", "public", "db://"},
		{"db://x/{.table}", "other", "public", "db://x/"},
	} {
		cat := catalog(t, pin(t, s, tools.KindTemplate, `{"uriTemplate":"`+c.template+`","name":"a"}`))
		e := cat.At(cat.Position("resource:" + c.template))
		if got := e.Begins(c.variable, func(string) string { return c.given }); got != c.want {
			t.Errorf("%s before %s begins with %s, want %s", c.template, c.variable, got, c.want)
		}
	}
}
