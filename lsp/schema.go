package lsp

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/symcache/symcache/lsp/workspace"
	"github.com/symcache/symcache/lsp/workspace/contents"
)

// schema is as much of JSON Schema (draft 7) as Settings need.
type schema struct {
	Dialect     string      `json:"$schema,omitempty"`
	Title       string      `json:"title,omitempty"`
	Type        string      `json:"type"`
	Description string      `json:"description,omitempty"`
	Default     any         `json:"default,omitempty"`
	Enum        []string    `json:"enum,omitempty"`
	Pattern     string      `json:"pattern,omitempty"`
	Minimum     int64       `json:"minimum,omitempty"`
	Maximum     int64       `json:"maximum,omitempty"`
	Items       *schema     `json:"items,omitempty"`
	Properties  *properties `json:"properties,omitempty"`
	// Additional is false where all members are known.
	Additional *bool `json:"additionalProperties,omitempty"`
}

// properties are written in their order.
type properties []property

type property struct {
	name string
	*schema
}

func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, member := range p {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(strconv.Quote(member.name) + ":")
		value, err := json.Marshal(member.schema)
		if err != nil {
			return nil, err
		}
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Schema returns the JSON schema of Settings, indented. It is made from the struct alone;
// settings.schema.json is a copy of it for other programs.
func Schema() ([]byte, error) {
	defaults := reflect.ValueOf(DefaultSettings(contents.Config{}, workspace.Config{}))
	root := schema{
		Dialect: "http://json-schema.org/draft-07/schema#", Title: "Settings of symcache",
		Type: "object", Properties: new(properties), Additional: new(false),
	}
	for i := range defaults.NumField() {
		*root.Properties = append(*root.Properties, propertyOf(defaults.Type().Field(i), defaults.Field(i)))
	}
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

func propertyOf(field reflect.StructField, value reflect.Value) property {
	s := &schema{Description: field.Tag.Get("doc")}
	if size, ok := value.Interface().(Size); ok {
		s.Type, s.Default, s.Pattern = "string", size, sizePattern
		return property{field.Tag.Get("json"), s}
	}
	switch field.Type.Kind() {
	case reflect.Int, reflect.Int64:
		s.Type, s.Default = "integer", value.Interface()
		s.Minimum, s.Maximum = bound(field, "min"), bound(field, "max")
	case reflect.Bool:
		s.Type, s.Default = "boolean", value.Interface()
	case reflect.String:
		s.Type, s.Default = "string", value.Interface()
		s.Enum = strings.Split(field.Tag.Get("enum"), ",")
	case reflect.Slice:
		s.Type, s.Default, s.Items = "array", value.Interface(), &schema{Type: "string"}
	case reflect.Map: // of switches that are on unless they are off
		s.Type, s.Properties, s.Additional = "object", new(properties), new(false)
		for _, name := range switchNames(field) {
			*s.Properties = append(*s.Properties, property{name, &schema{Type: "boolean", Default: true}})
		}
	default:
		panic("a setting of a kind that has no schema: " + field.Name)
	}
	return property{field.Tag.Get("json"), s}
}

// bound reads a tag with a number. A wrong one fails the test of the schema.
func bound(field reflect.StructField, tag string) int64 {
	n, err := strconv.ParseInt(field.Tag.Get(tag), 10, 64)
	if err != nil {
		panic(field.Name + ": " + err.Error())
	}
	return n
}
