# stub: nokogiri 1.13.0 x86_64-linux lib
Gem::Specification.new do |spec|
  spec.name    = 'nokogiri'
  spec.version = Nokogiri::VERSION
  spec.platform = "x86_64-linux"
  spec.license = 'MIT'
end
