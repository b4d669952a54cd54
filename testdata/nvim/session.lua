-- A person's session in Neovim, run with nvim -l: opens each file given, looks at its outline, edits
-- without saving, looks again, saves, and searches the workspace for what was typed. Prints one line
-- of JSON with what was seen. The working directory is the workspace; the server is on PATH.
local here = vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))
vim.opt.runtimepath:prepend(vim.fs.dirname(vim.fs.dirname(here))) -- the repository is a plugin
vim.opt.swapfile = false
vim.filetype.add({ extension = { tsx = 'typescriptreact', jsx = 'javascriptreact' } })
vim.lsp.enable('symcache')

local patience = 120000 -- ms; only a failure takes so long

local function check(ok, message, ...)
  if not ok then
    io.stderr:write(string.format(message, ...), '\n')
    os.exit(1)
  end
end

local function request(client, buffer, method, params)
  local response, err = client:request_sync(method, params, patience, buffer)
  check(response and not response.err, '%s: %s', method, vim.inspect(err or response))
  return response.result
end

local function names(symbols, into)
  into = into or {}
  for _, symbol in ipairs(symbols or {}) do
    table.insert(into, symbol.name)
    names(symbol.children, into)
  end
  return into
end

local seen = {}
for _, edit in ipairs(vim.json.decode(io.read('*a'))) do
  vim.cmd.edit(vim.fn.fnameescape(edit.file))
  local buffer = vim.api.nvim_get_current_buf()
  vim.wait(patience, function() return #vim.lsp.get_clients({ bufnr = buffer }) > 0 end, 10)
  local client = vim.lsp.get_clients({ bufnr = buffer })[1]
  check(client, 'no client for %s (filetype %s)', edit.file, vim.bo.filetype)
  check(client.name == 'symcache', 'client %s', client.name)

  local document = { textDocument = vim.lsp.util.make_text_document_params(buffer) }
  local entry = { file = edit.file, encoding = client.offset_encoding }
  entry.opened = names(request(client, buffer, 'textDocument/documentSymbol', document))

  vim.api.nvim_buf_set_lines(buffer, -1, -1, false, vim.split(edit.append, '\n'))
  entry.edited = names(request(client, buffer, 'textDocument/documentSymbol', document))
  entry.found_unsaved = names(request(client, buffer, 'workspace/symbol', { query = edit.symbol }))

  vim.cmd.write()
  vim.cmd.bdelete()
  -- Another document keeps the server; the saved file is now answered from the disk.
  vim.cmd.enew()
  vim.wait(patience, function()
    entry.found_saved = {}
    for _, symbol in ipairs(request(client, nil, 'workspace/symbol', { query = edit.symbol })) do
      if symbol.location.uri == document.textDocument.uri then
        table.insert(entry.found_saved, symbol.name)
      end
    end
    return #entry.found_saved > 0
  end, 10)
  table.insert(seen, entry)
end

local client = vim.lsp.get_clients({ name = 'symcache' })[1]
local status = request(client, nil, 'symcache/status', vim.empty_dict())
io.stdout:write(vim.json.encode({ seen = seen, status = status }), '\n')
client:stop()
check(vim.wait(patience, function() return client:is_stopped() end, 10), 'the server did not stop')
