package console_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// screenshots is where the guides have their pictures, seen from web, and pictureList
// names them: a line has who comes upon what it shows, and the picture's name.
const (
	screenshots = "../docs/screenshots"
	pictureList = "../../../docs/screenshots/list.txt"
)

var (
	draw    = flag.Bool("draw", false, "take the pictures of the guides")
	listing sync.Mutex
)

// drawn holds what a journey can draw against the list of pictures. With -draw it
// writes that part of the list, and removes the pictures of what is gone.
func drawn(t *testing.T, journey string, names []string) {
	t.Helper()
	listing.Lock()
	defer listing.Unlock()
	raw, err := os.ReadFile(pictureList)
	if err != nil && !*draw {
		t.Fatal(err)
	}
	var listed, others []string
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, journey+" "); ok {
			listed = append(listed, name)
		} else {
			others = append(others, line)
		}
	}
	slices.Sort(names)
	if slices.Equal(listed, names) {
		return
	}
	if !*draw {
		t.Errorf("there are pictures of %v\nand what %s comes upon is %v: run scripts/pictures", listed, journey, names)
		return
	}
	for _, name := range listed {
		if !slices.Contains(names, name) {
			for _, look := range []string{"light", "dark"} {
				if err := os.Remove(filepath.Join(filepath.Dir(pictureList), name+"-"+look+".webp")); err != nil {
					t.Error(err)
				}
			}
		}
	}
	for _, name := range names {
		others = append(others, journey+" "+name)
	}
	slices.Sort(others)
	if err := os.WriteFile(pictureList, []byte(strings.Join(others, "\n")+"\n"), 0o600); err != nil {
		t.Error(err)
	}
}
