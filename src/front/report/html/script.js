(function () {
'use strict';
var doc = document, data = JSON.parse(doc.getElementById('data').textContent), all = data.findings, PAGE = 100;
var SEVERITY = ['UNKNOWN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
var state = { q: '', sev: {}, kind: '', layer: '', target: '', fix: false, kev: false, sort: 'c', down: true, page: 0, open: {} };
var shown = all, timer = 0;

function by(id) { return doc.getElementById(id); }
/* Text goes in as text nodes only: nothing from the data is ever parsed as markup. */
function make(tag, cls, text) {
	var e = doc.createElement(tag);
	if (cls) e.className = cls;
	if (text !== undefined && text !== '') e.appendChild(doc.createTextNode(text));
	return e;
}
function link(url, text) {
	if (!/^https?:\/\//i.test(url || '')) return doc.createTextNode(text);
	var a = make('a', '', text);
	a.href = url; a.rel = 'noopener noreferrer'; a.target = '_blank';
	return a;
}
function severity(f) { return f.s === undefined ? '–' : SEVERITY[f.s]; }
function description(f) { return f.d === undefined ? '' : data.texts[f.d]; }
function score(f) { return (f.c / 10).toFixed(1); }

all.forEach(function (f, at) {
	f.at = at;
	f.n = f.n || ''; f.v = f.v || ''; f.f = f.f || ''; f.p = f.p || '';
	f.text = (f.i + '\n' + f.n + '\n' + f.v + '\n' + f.t + '\n' + f.p + '\n' + f.g + '\n' + (f.P || '') + '\n' + f.k).toLowerCase();
});

function matches(f, words) {
	if (state.kind && f.k !== state.kind) return false;
	if (state.layer && String(f.y || 0) !== state.layer) return false;
	if (state.target && f.g !== state.target) return false;
	if (state.fix && !f.f && !f.x) return false;
	if (state.kev && !f.K) return false;
	var chosen = Object.keys(state.sev);
	if (chosen.length && !state.sev[f.s === undefined ? 'none' : f.s]) return false;
	for (var i = 0; i < words.length; i++)
		if (f.text.indexOf(words[i]) < 0) return false;
	return true;
}
function compare(a, b) {
	var k = state.sort, x, y;
	if (k === 's' || k === 'c') {
		x = k === 's' ? (a.s === undefined ? -1 : a.s) : a.c;
		y = k === 's' ? (b.s === undefined ? -1 : b.s) : b.c;
	} else {
		x = k === 'n' ? (a.n || a.p || a.g) : a[k];
		y = k === 'n' ? (b.n || b.p || b.g) : b[k];
	}
	var r = x < y ? -1 : x > y ? 1 : 0;
	if (r) return state.down ? -r : r;
	return b.c - a.c || a.at - b.at;
}

function cell(label, cls) {
	var td = make('td', cls || '');
	if (label) td.setAttribute('data-label', label);
	return td;
}
function row(f) {
	var tr = make('tr'), td = cell('', 'first');
	td.appendChild(make('span', 'pill p' + (f.s || 0), severity(f)));
	tr.appendChild(td);
	td = cell('score', 'number second'); td.appendChild(doc.createTextNode(score(f))); tr.appendChild(td);
	td = cell('');
	var open = make('button', 'open', f.i);
	open.type = 'button';
	open.setAttribute('aria-expanded', state.open[f.at] ? 'true' : 'false');
	open.setAttribute('data-at', f.at);
	td.appendChild(open); tr.appendChild(td);
	td = cell(''); td.appendChild(doc.createTextNode(f.n || f.o));
	var place = f.n ? (f.l ? f.p + ':' + f.l : f.os ? '' : f.p) : '';
	if (place) td.appendChild(make('span', 'place', place));
	tr.appendChild(td);
	td = cell('installed'); td.appendChild(doc.createTextNode(f.v)); if (!f.v) td = make('td'); tr.appendChild(td);
	td = cell('fixed in'); td.appendChild(doc.createTextNode(f.f || f.st || '')); if (!f.f && !f.st) td = make('td'); tr.appendChild(td);
	td = cell('', 'what');
	if (f.K) td.appendChild(make('span', 'pill kev', 'exploited'));
	td.appendChild(doc.createTextNode(f.t)); tr.appendChild(td);
	return tr;
}
function entry(dl, name, value) {
	if (value === undefined || value === '' || value === null) return;
	dl.appendChild(make('dt', '', name));
	var dd = make('dd');
	dd.appendChild(typeof value === 'object' ? value : doc.createTextNode(String(value)));
	dl.appendChild(dd);
}
function detail(f) {
	var tr = make('tr', 'detail'), td = make('td'), dl = make('dl'), text = description(f);
	td.colSpan = 7;
	if (text) td.appendChild(make('p', '', text));
	entry(dl, 'More', f.u ? link(f.u, f.u) : '');
	entry(dl, 'Fix', f.x);
	entry(dl, 'Kind', f.k);
	entry(dl, 'Target', f.g);
	entry(dl, 'File', f.p ? f.p + (f.l ? ':' + f.l : '') : '');
	if (f.y) entry(dl, 'Layer', f.y + (data.layers[f.y - 1] ? ' – ' + data.layers[f.y - 1] : ''));
	entry(dl, 'Package URL', f.P);
	if (f.V) entry(dl, 'CVSS', f.V + (f.W ? '  ' + f.W : ''));
	if (f.e !== undefined) entry(dl, 'EPSS', (f.e * 100).toFixed(2) + ' % within 30 days');
	if (f.K) entry(dl, 'Exploited', 'yes, in CISA’s catalogue' + (f.D ? ', due ' + f.D : ''));
	entry(dl, 'Rated by', f.b);
	entry(dl, 'Weaknesses', f.w);
	td.appendChild(dl); tr.appendChild(td);
	return tr;
}
function render(everything) {
	var body = by('rows'), part = doc.createDocumentFragment(), pages = Math.max(1, Math.ceil(shown.length / PAGE));
	state.page = Math.min(state.page, pages - 1);
	var from = everything ? 0 : state.page * PAGE, to = everything ? shown.length : Math.min(shown.length, from + PAGE);
	for (var i = from; i < to; i++) {
		part.appendChild(row(shown[i]));
		if (state.open[shown[i].at]) part.appendChild(detail(shown[i]));
	}
	body.textContent = '';
	body.appendChild(part);
	by('count').textContent = shown.length === all.length ? all.length + (all.length === 1 ? ' finding' : ' findings')
		: shown.length + ' of ' + all.length + ' findings';
	var nav = by('pages');
	nav.hidden = pages < 2;
	nav.textContent = '';
	if (pages > 1) {
		[['Previous', state.page - 1], ['Next', state.page + 1]].forEach(function (p, i) {
			var b = make('button', '', p[0]);
			b.type = 'button'; b.disabled = p[1] < 0 || p[1] >= pages;
			b.addEventListener('click', function () { state.page = p[1]; render(false); by('findings').scrollIntoView(); by('findings').focus({ preventScroll: true }); });
			if (i) nav.appendChild(make('span', '', 'page ' + (state.page + 1) + ' of ' + pages));
			nav.appendChild(b);
		});
	}
	Array.prototype.forEach.call(doc.querySelectorAll('th[data-key]'), function (th) {
		if (th.getAttribute('data-key') === state.sort) th.setAttribute('aria-sort', state.down ? 'descending' : 'ascending');
		else th.removeAttribute('aria-sort');
	});
}
function update() {
	var words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
	shown = all.filter(function (f) { return matches(f, words); }).sort(compare);
	render(false);
}
/* The address keeps the view: it can be sent to somebody, or opened again. */
function keep() {
	var p = [];
	if (state.q) p.push('q=' + encodeURIComponent(state.q));
	if (Object.keys(state.sev).length) p.push('severity=' + Object.keys(state.sev).map(function (s) { return s === 'none' ? s : SEVERITY[s]; }).join(','));
	['kind', 'layer', 'target'].forEach(function (k) { if (state[k]) p.push(k + '=' + encodeURIComponent(state[k])); });
	if (state.fix) p.push('fixable=1');
	if (state.kev) p.push('exploited=1');
	if (state.sort !== 'c' || !state.down) p.push('sort=' + (state.down ? '-' : '') + state.sort);
	if (state.page) p.push('page=' + (state.page + 1));
	try { history.replaceState(null, '', '#' + p.join('&')); } catch (e) { /* file: addresses may refuse */ }
}
function restore() {
	location.hash.slice(1).split('&').forEach(function (part) {
		var at = part.indexOf('='), key = part.slice(0, at), value = '';
		try { value = decodeURIComponent(part.slice(at + 1)); } catch (e) { return; }
		if (at < 1) return;
		if (key === 'q') state.q = value;
		if (key === 'severity') value.split(',').forEach(function (s) { var n = SEVERITY.indexOf(s); if (n >= 0) state.sev[n] = true; else if (s === 'none') state.sev.none = true; });
		if (key === 'kind' || key === 'layer' || key === 'target') state[key] = value;
		if (key === 'fixable') state.fix = value === '1';
		if (key === 'exploited') state.kev = value === '1';
		if (key === 'sort' && /^-?[scinvft]$/.test(value)) { state.down = value[0] === '-'; state.sort = value.replace('-', ''); }
		if (key === 'page' && +value > 0) state.page = Math.floor(+value) - 1;
		if (key === 'theme' && (value === 'dark' || value === 'light')) doc.documentElement.setAttribute('data-theme', value);
		if (key === 'open') { var f = all.filter(function (x) { return x.i === value; })[0]; if (f) state.open[f.at] = true; }
	});
}
function choices(id, list, text) {
	list.forEach(function (v) { var o = make('option', '', text ? text(v) : v); o.value = v; by(id).appendChild(o); });
	by(id).value = state[id];
	by(id).addEventListener('change', function () { state[id] = this.value; changed(); });
}
function changed() { state.page = 0; update(); keep(); }
function distinct(pick) {
	var seen = {}, list = [];
	all.forEach(function (f) { var v = pick(f); if (v && !Object.prototype.hasOwnProperty.call(seen, v)) { seen[v] = 1; list.push(v); } });
	return list;
}

function start() {
	restore();
	var present = distinct(function (f) { return f.s === undefined ? 'none' : 's' + f.s; });
	['s4', 's3', 's2', 's1', 's0', 'none'].forEach(function (key) {
		if (present.indexOf(key) < 0) return;
		var value = key === 'none' ? key : key[1], label = make('label', 'chip'), box = make('input');
		box.type = 'checkbox'; box.value = value; box.checked = !!state.sev[value];
		box.addEventListener('change', function () { if (box.checked) state.sev[value] = true; else delete state.sev[value]; changed(); });
		label.appendChild(box);
		label.appendChild(make('span', '', key === 'none' ? 'other' : SEVERITY[value]));
		by('severities').appendChild(label);
	});
	choices('kind', distinct(function (f) { return f.k; }));
	choices('layer', distinct(function (f) { return f.y ? String(f.y) : ''; }).sort(function (a, b) { return a - b; }), function (v) { return 'layer ' + v; });
	choices('target', distinct(function (f) { return f.g; }).slice(0, 500));
	by('q').value = state.q;
	by('fixable').checked = state.fix;
	by('exploited').checked = state.kev;
	by('q').addEventListener('input', function () { state.q = this.value; clearTimeout(timer); timer = setTimeout(changed, 80); });
	by('fixable').addEventListener('change', function () { state.fix = this.checked; changed(); });
	by('exploited').addEventListener('change', function () { state.kev = this.checked; changed(); });
	by('controls').addEventListener('submit', function (e) { e.preventDefault(); });
	by('controls').addEventListener('reset', function () {
		state.q = state.kind = state.layer = state.target = ''; state.sev = {}; state.fix = state.kev = false;
		setTimeout(changed, 0);
	});
	Array.prototype.forEach.call(doc.querySelectorAll('th[data-key]'), function (th) {
		var b = make('button', '', th.textContent), key = th.getAttribute('data-key');
		b.type = 'button';
		b.addEventListener('click', function () {
			state.down = state.sort === key ? !state.down : key === 's' || key === 'c';
			state.sort = key;
			update(); keep();
		});
		th.textContent = ''; th.appendChild(b);
	});
	by('rows').addEventListener('click', function (e) {
		var b = e.target.closest ? e.target.closest('.open') : null;
		if (!b) return;
		var at = +b.getAttribute('data-at'), tr = b.closest('tr');
		if (state.open[at]) { delete state.open[at]; tr.parentNode.removeChild(tr.nextSibling); }
		else { state.open[at] = true; tr.parentNode.insertBefore(detail(all[at]), tr.nextSibling); }
		b.setAttribute('aria-expanded', state.open[at] ? 'true' : 'false');
	});
	doc.addEventListener('keydown', function (e) {
		if (e.key === '/' && !/INPUT|SELECT|TEXTAREA/.test(doc.activeElement.tagName)) { e.preventDefault(); by('q').focus(); }
	});
	window.addEventListener('beforeprint', function () { render(true); });
	window.addEventListener('afterprint', function () { render(false); });
	var theme = by('theme'), root = doc.documentElement, saved = null;
	try { saved = localStorage.getItem('bulkhead-theme'); } catch (e) { /* not allowed here */ }
	if ((saved === 'dark' || saved === 'light') && !root.hasAttribute('data-theme')) root.setAttribute('data-theme', saved);
	function dark() { return root.hasAttribute('data-theme') ? root.getAttribute('data-theme') === 'dark' : window.matchMedia('(prefers-color-scheme: dark)').matches; }
	function name() { theme.textContent = dark() ? 'Light' : 'Dark'; theme.setAttribute('aria-label', 'Switch to ' + (dark() ? 'light' : 'dark') + ' colours'); }
	theme.hidden = false; name();
	theme.addEventListener('click', function () {
		root.setAttribute('data-theme', dark() ? 'light' : 'dark'); name();
		try { localStorage.setItem('bulkhead-theme', root.getAttribute('data-theme')); } catch (e) { /* not allowed here */ }
	});
	by('controls').hidden = false;
	update();
	root.setAttribute('data-ready', shown.length);
}
start();
}());
