// Draws the page's charts with Chart.js. What is drawn comes from the element "data"; every number of it is in a table too.
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const SHAPES = ['circle', 'rect', 'triangle', 'rectRot', 'rectRounded', 'circle', 'rect', 'triangle'];
  const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4], [2, 2, 6, 2], [5, 5]];
  // Of references and verdicts: color and shape, the same in every chart.
  const FIXED = {
    'goal': ['r1', 'cross'], 'VPP': ['r2', 'star'], 'OVS-DPDK': ['r3', 'dash'], 'least possible': ['r0', 'crossRot'],
    'slower': ['alarm', 'triangle'], 'faster': ['good', 'rect'], 'same': ['quiet', 'circle'], 'cannot tell': ['s4', 'rectRot'],
    'benchmark': ['r0', 'rect'], 'other': ['rule', 'rect'],
  };
  const narrow = matchMedia('(max-width: 40rem)');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let charts = [];

  const color = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const short = value => {
    const size = Math.abs(value);
    if (size >= 1e6) { return +(value / 1e6).toPrecision(3) + ' M'; }
    if (size >= 1e4) { return +(value / 1e3).toPrecision(3) + ' k'; }
    return String(+value.toPrecision(3)).replace(/^(\d)(\d{3})$/, '$1,$2');
  };
  // Ticks of a logarithmic axis: 1, 2, 5 of each decade; less where there are many decades.
  const decade = (value, many) => {
    const lead = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
    return Math.abs(lead - 1) < 0.01 || !many && (Math.abs(lead - 2) < 0.01 || Math.abs(lead - 5) < 0.01);
  };
  // As many characters as fit, in lines.
  const fit = () => narrow.matches ? 18 : 44;
  const wrapped = (text, most) => {
    const lines = [''];
    for (const word of text.split(' ')) {
      const last = lines.length - 1;
      if (lines[last] && (lines[last] + ' ' + word).length > most) { lines.push(word); } else { lines[last] += (lines[last] ? ' ' : '') + word; }
    }
    return lines;
  };

  // Intervals as whiskers, forks as small rings, lines to hold values against.
  const marks = {
    id: 'marks',
    afterDatasetsDraw(chart) {
      const { ctx, scales, chartArea: area, config } = chart;
      const isUpright = config.options.kind === 'xy';
      const axis = isUpright ? scales.y : scales.x;
      ctx.save();
      ctx.beginPath();
      ctx.rect(area.left, area.top - 1, area.right - area.left, area.bottom - area.top + 2);
      ctx.clip();
      chart.data.datasets.forEach((set, index) => {
        if (!chart.isDatasetVisible(index)) { return; }
        chart.getDatasetMeta(index).data.forEach((element, i) => {
          const point = set.data[i];
          const across = isUpright ? element.x : element.y;
          const stroke = (a, b, c, d) => { ctx.beginPath(); ctx.moveTo(a, b); ctx.lineTo(c, d); ctx.stroke(); };
          ctx.strokeStyle = set.borderColor;
          ctx.lineWidth = 1.2;
          if (point.low !== undefined) {
            const low = axis.getPixelForValue(point.low), high = axis.getPixelForValue(point.high);
            if (isUpright) {
              stroke(across, low, across, high); stroke(across - 4, low, across + 4, low); stroke(across - 4, high, across + 4, high);
            } else {
              stroke(low, across, high, across); stroke(low, across - 4, low, across + 4); stroke(high, across - 4, high, across + 4);
            }
          }
          if (config.options.kind === 'bars') { // the name of a part, or its share, where there is room
            const room = element.width - 6;
            ctx.font = '11px ' + Chart.defaults.font.family;
            ctx.fillStyle = color('ground');
            ctx.textAlign = 'center';
            ctx.textBaseline = 'middle';
            const text = [set.label, Math.round(point.x) + ' %', String(Math.round(point.x))].find(each => ctx.measureText(each).width <= room);
            if (text) { ctx.fillText(text, element.x - element.width / 2, element.y); }
            ctx.textBaseline = 'alphabetic';
          }
          for (const dot of point.dots || []) {
            const at = axis.getPixelForValue(dot);
            ctx.beginPath();
            ctx.arc(isUpright ? across + 7 : at, isUpright ? at : across + 7, 2, 0, 7);
            ctx.stroke();
          }
        });
      });
      for (const line of config.options.lines || []) {
        const at = axis.getPixelForValue(line.value);
        ctx.strokeStyle = ctx.fillStyle = color(line.alarm ? 'alarm' : 'quiet');
        ctx.lineWidth = 1.5;
        ctx.setLineDash([6, 4]);
        ctx.beginPath();
        if (isUpright) { ctx.moveTo(area.left, at); ctx.lineTo(area.right, at); } else { ctx.moveTo(at, area.top); ctx.lineTo(at, area.bottom); }
        ctx.stroke();
        ctx.setLineDash([]);
        ctx.font = '12px ' + Chart.defaults.font.family;
        if (isUpright) { ctx.textAlign = 'right'; ctx.fillText(line.label, area.right - 4, at - 5); } else {
          const fits = at + 4 + ctx.measureText(line.label).width < area.right;
          ctx.textAlign = fits ? 'left' : 'right';
          ctx.fillText(line.label, fits ? at + 4 : at - 4, area.top + 12);
        }
      }
      ctx.restore();
    },
  };

  const title = (text, isShown = true) => ({ display: isShown && !!text, text, color: color('quiet') });
  const grid = () => ({ color: color('rule') });
  const logTicks = (min, max) => {
    const many = max / min > 300;
    return { color: color('quiet'), autoSkip: false, callback: value => decade(value, many) ? short(value) : null };
  };

  // Ticks whose labels do not touch: the last one, and of the others those with room.
  const apart = (ticks, share, width) => {
    const shown = [];
    let edge = Infinity;
    for (const tick of [...ticks].reverse()) {
      const middle = share(tick.x) * width, half = tick.label.length * 3.6 + 4;
      if (middle + half < edge) { shown.unshift(tick); edge = middle - half; }
    }
    return shown;
  };

  function scales(chart) {
    const values = chart.series.flatMap(each => each.points.flatMap(p => [p.value, p.low ?? p.value, p.high ?? p.value, ...(p.dots || [])]))
      .concat((chart.lines || []).map(line => line.value));
    const least = Math.min(...values), most = Math.max(...values);
    const ticks = { color: color('quiet') };
    if (chart.kind === 'xy') {
      const at = chart.series.flatMap(each => each.points.map(p => p.at));
      const first = Math.min(...at), last = Math.max(...at);
      const room = chart.xLog ? (last / first) ** 0.06 || 2 : (last - first) * 0.06 || 1;
      const named = chart.xTicks || [];
      const share = at => chart.xLog ? Math.log(at * room / first) / Math.log(last * room * room / first) : (at - first + room) / (last - first + 2 * room);
      const y = {
        type: chart.yLog ? 'logarithmic' : 'linear', grid: grid(), title: title(chart.yTitle),
        min: chart.yLog ? least * 0.8 : Math.min(0, least), max: chart.yLog ? most * 1.25 : undefined, suggestedMax: most * 1.06,
        ticks: chart.yLog ? logTicks(least, most) : { ...ticks, callback: short },
      };
      const both = {
        x: {
          type: chart.xLog ? 'logarithmic' : 'linear', grid: grid(), title: title(chart.xTitle),
          min: chart.xLog ? first / room : first - room, max: chart.xLog ? last * room : last + room,
          afterBuildTicks: axis => { axis.ticks = apart(named, share, axis.width).map(tick => ({ value: tick.x })); },
          ticks: { ...ticks, autoSkip: false, maxRotation: 0, callback: value => (named.find(tick => tick.x === value) || {}).label },
        },
        y,
      };
      if (chart.rates && !narrow.matches) {
        both.rates = {
          position: 'right', type: y.type, grid: { display: false }, title: title('million per second and core'),
          afterDataLimits: axis => { const from = axis.chart.scales.y; axis.min = from.min; axis.max = from.max; },
          afterBuildTicks: axis => { axis.ticks = axis.chart.scales.y.ticks.map(tick => ({ value: tick.value })); },
          ticks: { ...ticks, autoSkip: false, callback: value => value > 0 && (!chart.yLog || decade(value, most / least > 300)) ? short(1000 / value) : '' },
        };
      }
      return both;
    }
    const y = {
      type: 'linear', reverse: true, min: -0.6, max: chart.names.length - 0.4, grid: { display: false },
      afterBuildTicks: axis => { axis.ticks = chart.names.map((name, i) => ({ value: i })); },
      ticks: { color: color('ink'), autoSkip: false, callback: value => wrapped(chart.names[value], fit()) },
    };
    const x = chart.xLog
      ? { type: 'logarithmic', grid: grid(), title: title(chart.xTitle), min: least * 0.8, max: most * 1.25, ticks: logTicks(least, most) }
      : { type: 'linear', grid: grid(), title: title(chart.xTitle), ticks: { ...ticks, callback: short }, max: chart.kind === 'bars' ? 100 : undefined, suggestedMin: Math.min(0, least), suggestedMax: most * 1.04 };
    if (chart.kind === 'bars') {
      return { x: { ...x, stacked: true, suggestedMax: undefined }, y: { type: 'category', stacked: true, grid: { display: false }, ticks: { color: color('ink'),
        callback(value) { return wrapped(this.getLabelForValue(value), fit()); } } } };
    }
    return { x, y };
  }

  // Series at one place stand side by side.
  function beside(chart, index) {
    const count = chart.series.filter(each => !each.reference).length;
    const step = index - (count - 1) / 2;
    if (chart.kind !== 'xy' || count < 2 || chart.continuous) { return at => at; }
    const places = [...new Set(chart.series.flatMap(each => each.points.map(p => p.at)))].sort((a, b) => a - b);
    const gaps = places.slice(1).map((at, i) => chart.xLog ? at / places[i] : at - places[i]);
    const gap = gaps.length ? Math.min(...gaps) : chart.xLog ? 2 : 1;
    return at => chart.xLog ? at * gap ** (0.5 * step / Math.max(count, 4)) : at + 0.5 * gap * step / Math.max(count, 4);
  }

  function datasets(chart) {
    let own = 0;
    return chart.series.map((series, index) => {
      const number = series.reference ? -1 : own++;
      const fixed = FIXED[series.label];
      const hue = color(fixed ? fixed[0] : series.reference ? 'r0' : 's' + number % 8);
      if (chart.kind === 'bars') {
        return { label: series.label, data: series.points.map(p => ({ x: p.value, y: chart.names[p.at], text: p.text })), backgroundColor: hue,
          borderColor: color('ground'), borderWidth: 1, maxBarThickness: 28 };
      }
      const place = series.reference ? at => at : beside(chart, number);
      const points = series.points.map(p => chart.kind === 'xy'
        ? { x: place(p.at), y: p.value, low: p.low, high: p.high, dots: p.dots, text: p.text }
        : { x: p.value, y: p.at, low: p.low, high: p.high, dots: p.dots, text: p.text });
      return {
        label: series.label, data: points, borderColor: hue, backgroundColor: hue, showLine: chart.kind === 'xy',
        borderWidth: series.reference ? 1.3 : 2, borderDash: series.reference ? [2, 3] : DASHES[number % 8],
        pointStyle: fixed ? fixed[1] : SHAPES[number % 8],
        pointRadius: chart.continuous ? 2.5 : 4.5, pointBorderWidth: series.reference ? 1.6 : 1, pointHoverRadius: 6,
      };
    });
  }

  function draw() {
    charts.forEach(chart => chart.destroy());
    Chart.defaults.font.family = 'system-ui, sans-serif';
    Chart.defaults.color = color('ink');
    charts = data.charts.map((chart, i) => {
      const canvas = document.getElementById('chart-' + i);
      if (chart.names) {
        const lines = Math.max(...chart.names.map(name => wrapped(name, fit()).length));
        const row = Math.max(chart.kind === 'bars' ? 40 : 24, 8 + 15 * lines);
        canvas.parentNode.style.height = Math.max(110, 84 + row * chart.names.length) + (narrow.matches ? 30 : 0) + 'px';
      }
      return new Chart(canvas, {
        type: chart.kind === 'bars' ? 'bar' : 'scatter',
        data: { labels: chart.kind === 'bars' ? chart.names : undefined, datasets: datasets(chart) },
        plugins: [marks],
        options: {
          kind: chart.kind, lines: chart.lines, indexAxis: chart.kind === 'bars' ? 'y' : 'x',
          animation: false, responsive: true, maintainAspectRatio: false,
          interaction: { mode: 'nearest', intersect: false },
          scales: scales(chart),
          plugins: {
            legend: { display: chart.series.length > 1 || chart.kind === 'bars', position: 'bottom', align: 'start',
              labels: { usePointStyle: chart.kind !== 'bars', boxWidth: 12, boxHeight: 8, padding: narrow.matches ? 8 : 12, color: color('ink') } },
            tooltip: { callbacks: { title: () => '', label: item => item.dataset.label + ': ' + item.raw.text } },
          },
        },
      });
    });
    document.documentElement.dataset.charts = charts.length;
  }

  const failed = error => {
    document.documentElement.dataset.failed = error;
    const note = document.getElementById('no-charts');
    note.hidden = false;
  };
  const safely = () => { try { draw(); } catch (error) { failed(error); } };
  safely();
  dark.addEventListener('change', safely);
  narrow.addEventListener('change', safely);
  addEventListener('beforeprint', () => charts.forEach(chart => chart.resize()));
})();
