package bench

import (
	"fmt"
	"io"
	"slices"

	"github.com/go-analyze/charts"
)

// chart says how a benchmark's rows become a picture: values over x, a line or bars for each
// series, and a panel of its own for each group of rows.
type chart struct {
	title, y string
	x        func(Row) string
	value    func(Row) float64
	series   func(Row) string             // default: Row.Series
	panel    func(Row) string             // default: one for all
	only     func(Row) bool               // default: warm ones
	more     map[string]func(Row) float64 // further series of every row
	bars     bool                         // else lines
}

// The size of a panel, in pixels.
const (
	chartWidth  = 960
	chartHeight = 420
)

// WriteSVG draws the report.
func (r Report) WriteSVG(w io.Writer) error {
	panels := r.panels()
	if len(panels) == 0 {
		return fmt.Errorf("bench: %s has measured nothing that could be drawn", r.Benchmark)
	}
	whole := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: chartWidth, Height: chartHeight * len(panels)})
	whole.FilledRect(0, 0, chartWidth, chartHeight*len(panels), charts.ColorWhite, charts.ColorWhite, 0)
	for i, p := range panels {
		area := whole.Child(charts.PainterBoxOption(charts.NewBox(0, i*chartHeight, chartWidth, (i+1)*chartHeight)))
		if err := p.draw(area, r.chart.bars); err != nil {
			return fmt.Errorf("bench: drawing %s: %w", p.title, err)
		}
	}
	svg, err := whole.Bytes()
	if err != nil {
		return fmt.Errorf("bench: drawing %s: %w", r.Benchmark, err)
	}
	_, err = w.Write(svg)
	return err
}

// panel is one coordinate system.
type panel struct {
	title, y string
	x        []string
	names    []string
	values   [][]float64 // by series, one for each x
}

// panels sorts the rows.
func (r Report) panels() (panels []*panel) {
	c := r.chart
	for _, row := range r.Rows {
		if c.only != nil && !c.only(row) || c.only == nil && row.State != "warm" {
			continue
		}
		title := c.title
		if c.panel != nil {
			title += ", " + c.panel(row)
		}
		at := slices.IndexFunc(panels, func(p *panel) bool { return p.title == title })
		if at < 0 {
			at = len(panels)
			panels = append(panels, &panel{title: title, y: c.y})
		}
		name := row.Series
		if c.series != nil {
			name = c.series(row)
		}
		panels[at].set(c.x(row), name, c.value(row))
		for more, value := range c.more {
			if v := value(row); v > 0 {
				panels[at].set(c.x(row), name+", "+more, v)
			}
		}
	}
	return panels
}

// set sets a point.
func (p *panel) set(x, name string, value float64) {
	column := slices.Index(p.x, x)
	if column < 0 {
		column = len(p.x)
		p.x = append(p.x, x)
		for i := range p.values {
			p.values[i] = append(p.values[i], charts.GetNullValue())
		}
	}
	line := slices.Index(p.names, name)
	if line < 0 {
		line = len(p.names)
		p.names = append(p.names, name)
		p.values = append(p.values, slices.Repeat([]float64{charts.GetNullValue()}, len(p.x)))
	}
	p.values[line][column] = value
}

func (p *panel) draw(area *charts.Painter, bars bool) error {
	title := charts.TitleOption{Text: p.title, Subtext: p.y}
	legend := charts.LegendOption{SeriesNames: p.names, Offset: charts.OffsetRight}
	padding := charts.NewBoxEqual(20)
	zero := 0.0
	if bars {
		option := charts.NewBarChartOptionWithData(p.values)
		option.Title, option.Legend, option.ValueFormatter, option.Padding = title, legend, figure, padding
		option.CategoryAxis.Labels = p.x
		option.ValueAxis = []charts.ValueAxisOption{{Min: &zero}}
		return area.BarChart(option)
	}
	option := charts.NewLineChartOptionWithData(p.values)
	option.Title, option.Legend, option.ValueFormatter, option.Padding = title, legend, figure, padding
	option.XAxis.Labels = p.x
	option.YAxis = []charts.YAxisOption{{Min: &zero}}
	return area.LineChart(option)
}
