package system

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func cpuModel() string { return procField("/proc/cpuinfo", "model name") }

func memoryTotal() int64 {
	n, _ := kilobytes(procField("/proc/meminfo", "MemTotal")) // ignore error: 0 is unknown
	return n
}

func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "Linux"
	}
	return "Linux " + strings.TrimSpace(string(release))
}

// LoadAverage returns the load averages of the last 1, 5 and 15 minutes.
func LoadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	fields := strings.Fields(string(b))
	return strings.Join(fields[:min(3, len(fields))], " ")
}

// procField returns the value of the first line "name : value", or "unknown".
func procField(path, name string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// kilobytes reads "123 kB" as bytes.
func kilobytes(text string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")), 10, 64)
	return n * 1024, err
}

// MemoryOf returns the memory of a process and of all below it.
func MemoryOf(pid int) (Memory, error) {
	children, err := childrenOf()
	if err != nil {
		return Memory{}, fmt.Errorf("list processes: %w", err)
	}
	var total Memory
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		queue = append(queue, children[queue[0]]...)
		path := fmt.Sprintf("/proc/%d/smaps_rollup", queue[0])
		b, err := os.ReadFile(path)
		if err != nil && queue[0] != pid {
			continue // a child that has ended meanwhile
		}
		if err != nil {
			return Memory{}, fmt.Errorf("read the memory of process %d: %w", pid, err)
		}
		m, err := parseRollup(b)
		if err != nil {
			return Memory{}, fmt.Errorf("read %s: %w", path, err)
		}
		total.Private += m.Private
		total.Shared += m.Shared
	}
	return total, nil
}

// parseRollup reads the lines "Private_Dirty:   123 kB" of an smaps_rollup.
func parseRollup(rollup []byte) (Memory, error) {
	var m Memory
	scanner := bufio.NewScanner(bytes.NewReader(rollup))
	for scanner.Scan() {
		key, value, _ := strings.Cut(scanner.Text(), ":")
		sum := &m.Private
		switch key {
		case "Private_Clean", "Private_Dirty", "Private_Hugetlb":
		case "Shared_Clean", "Shared_Dirty", "Shared_Hugetlb":
			sum = &m.Shared
		default:
			continue
		}
		n, err := kilobytes(value)
		if err != nil {
			return Memory{}, err
		}
		*sum += n
	}
	return m, scanner.Err()
}

// childrenOf returns the children of every process.
func childrenOf() (map[int][]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// "pid (name) state ppid ...", where a name may hold spaces and parentheses.
		fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil || len(fields) < 2 {
			continue
		}
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	return children, nil
}
